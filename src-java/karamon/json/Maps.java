package karamon.json;

import clojure.lang.IPersistentMap;
import clojure.lang.PersistentArrayMap;
import clojure.lang.PersistentHashMap;
import java.util.Arrays;

/** Makes persistent maps: array maps if they are small, else hash maps. */
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
     */
    public static IPersistentMap of(Object[] pairs, int length) {
        if (length == 0) {
            return PersistentArrayMap.EMPTY;
        }
        Object[] exact = length == pairs.length ? pairs : Arrays.copyOf(pairs, length);
        return length <= 2 * ARRAY_MAP_KEYS ? new PersistentArrayMap(exact) : PersistentHashMap.create(exact);
    }

    /**
     * Returns a persistent map of alternating keys and values. If a key comes twice, the later value counts.
     *
     * @param pairs keys and values in turn
     * @return the map, which may keep {@code pairs}
     */
    public static IPersistentMap ofLast(Object[] pairs) {
        return pairs.length <= 2 * ARRAY_MAP_KEYS ? PersistentArrayMap.createAsIfByAssoc(pairs) : PersistentHashMap.create(pairs);
    }
}
