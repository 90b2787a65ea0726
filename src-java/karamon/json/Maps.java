package karamon.json;

import clojure.lang.IPersistentMap;
import clojure.lang.PersistentArrayMap;
import clojure.lang.PersistentHashMap;
import java.util.Arrays;

/** Makes persistent maps of the size at hand. */
public final class Maps {
    // As in the JSON reader: up to so many keys an array map is the faster one.
    private static final int ARRAY_MAP_LENGTH = 64;

    private Maps() {}

    /**
     * Returns a persistent map of alternating keys and values.
     *
     * @param pairs keys and values in turn; the keys differ
     * @param length how many places of {@code pairs} count, from its beginning
     * @return the map, which may keep {@code pairs}
     */
    public static IPersistentMap of(Object[] pairs, int length) {
        if (length == 0) {
            return PersistentArrayMap.EMPTY;
        }
        Object[] exact = length == pairs.length ? pairs : Arrays.copyOf(pairs, length);
        return length <= ARRAY_MAP_LENGTH ? new PersistentArrayMap(exact) : PersistentHashMap.create(exact);
    }
}
