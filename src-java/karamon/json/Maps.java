package karamon.json;

import clojure.lang.IPersistentMap;
import clojure.lang.ITransientMap;
import clojure.lang.PersistentArrayMap;
import clojure.lang.PersistentHashMap;
import clojure.lang.PersistentHashSet;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;

/** Makes persistent maps, array maps if they are small, else hash maps; and sets. */
public final class Maps {
    /** Up to this many keys, an array map is faster to search than a hash map and takes less memory. */
    static final int ARRAY_MAP_KEYS = 32;

    private Maps() {}

    /**
     * Returns a persistent map of alternating keys and values.
     *
     * @param pairs keys and values in turn; the keys differ
     * @param length the number of elements of {@code pairs} to use, from its beginning
     * @return the map, which may keep {@code pairs}
     * @throws CollidingKeys when too many keys have the same hash
     */
    public static IPersistentMap of(Object[] pairs, int length) {
        if (length == 0) {
            return PersistentArrayMap.EMPTY;
        }
        Object[] exact = length == pairs.length ? pairs : Arrays.copyOf(pairs, length);
        if (length <= 2 * ARRAY_MAP_KEYS) {
            return new PersistentArrayMap(exact);
        }
        Collisions.check(exact, length, 2);
        return PersistentHashMap.create(exact);
    }

    // A record's entrySet would hash all of its values, which may be endless.
    static Iterator<?> entries(Map<?, ?> map) {
        return map instanceof IPersistentMap ? ((Iterable<?>) map).iterator() : map.entrySet().iterator();
    }

    /**
     * Returns a persistent map of alternating keys and values. If a key comes twice, the later value counts.
     *
     * @param pairs keys and values in turn
     * @return the map, which may keep {@code pairs}
     * @throws CollidingKeys when too many keys have the same hash
     */
    public static IPersistentMap ofLast(Object[] pairs) {
        if (pairs.length <= 2 * ARRAY_MAP_KEYS) {
            return PersistentArrayMap.createAsIfByAssoc(pairs);
        }
        Collisions.check(pairs, pairs.length, 2);
        return PersistentHashMap.create(pairs);
    }

    /**
     * Returns a large persistent map of alternating keys and values.
     *
     * @param pairs keys and values in turn
     * @param keys merges the values of a key that comes twice
     * @return the map
     * @throws CollidingKeys when too many keys have the same hash
     */
    static IPersistentMap merged(Object[] pairs, Keys keys) {
        Collisions.check(pairs, pairs.length, 2);
        ITransientMap map = PersistentHashMap.EMPTY.asTransient();
        for (int i = 0; i < pairs.length; i += 2) {
            Object earlier = map.valAt(pairs[i], map);
            map = map.assoc(pairs[i], earlier == map ? pairs[i + 1] : keys.merge(earlier, pairs[i + 1]));
        }
        return map.persistent();
    }

    /**
     * Returns a persistent set.
     *
     * @param items its members
     * @return the set
     * @throws CollidingKeys when too many members have the same hash
     */
    public static PersistentHashSet set(Object[] items) {
        Collisions.check(items, items.length, 1);
        return PersistentHashSet.create(items);
    }
}
