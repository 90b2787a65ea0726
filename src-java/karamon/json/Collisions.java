package karamon.json;

import clojure.lang.Keyword;
import clojure.lang.Symbol;
import clojure.lang.Util;
import java.lang.ref.WeakReference;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Refuses names that were made to have one hash. Safe for many threads. */
final class Collisions {
    /** The maximum number of names with one hash. Of all strings of three printable ASCII characters, at most 14 share one. */
    static final int MAX = 24;

    // With more names a new map is begun, so that names that nobody uses take little memory.
    private static final int MAX_HASHES = 20_000;

    // The names of the keywords that were made, for each hash. A collection may drop the keywords and keep this.
    private static WeakReference<Map<Integer, Set<Symbol>>> made = new WeakReference<>(null);

    private Collisions() {}

    /**
     * Returns the keyword of a name. All keywords of the process are in one table, so this bounds those with one hash there.
     *
     * @throws CollidingKeys for a new name whose hash too many others have
     */
    static Keyword keyword(String name) {
        Symbol symbol = Symbol.intern(name);
        Keyword known = Keyword.find(symbol);
        if (known != null) {
            return known;
        }
        countNew(symbol);
        return Keyword.intern(symbol);
    }

    private static synchronized void countNew(Symbol symbol) {
        Map<Integer, Set<Symbol>> names = made.get();
        if (names == null || names.size() >= MAX_HASHES) {
            names = new HashMap<>();
            made = new WeakReference<>(names);
        }
        Set<Symbol> alike = names.computeIfAbsent(symbol.hashCode(), hash -> new HashSet<>());
        if (alike.size() >= MAX) {
            alike.removeIf(name -> Keyword.find(name) == null);
        }
        if (alike.size() >= MAX) {
            throw new CollidingKeys(symbol);
        }
        alike.add(symbol);
    }

    private static void count(Map<Integer, Integer> counts, int hash, Object key) {
        Integer before = counts.get(hash);
        if (before != null && before == MAX) {
            throw new CollidingKeys(key);
        }
        counts.put(hash, before == null ? 1 : before + 1);
    }

    /**
     * Checks the keys of a map, before Clojure compares them with each other. A key that comes twice counts once.
     *
     * @param items the keys, each at the beginning of {@code step} items
     * @param length the number of items
     * @throws CollidingKeys when too many different keys have the same hash
     */
    static void check(Object[] items, int length, int step) {
        if (length <= MAX * step) {
            return;
        }
        int[] hashes = new int[length / step];
        for (int i = 0; i < hashes.length; i++) {
            hashes[i] = Util.hasheq(items[i * step]);
        }
        Arrays.sort(hashes);
        for (int i = MAX; i < hashes.length; i++) {
            if (hashes[i] == hashes[i - MAX]) {
                checkDistinct(items, length, step);
                return;
            }
        }
    }

    // Java's tables stay fast for strings and integers, whatever their hashes.
    private static void checkDistinct(Object[] items, int length, int step) {
        Set<String> seen = new HashSet<>();
        Map<Integer, Integer> counts = new HashMap<>();
        for (int i = 0; i < length; i += step) {
            if (seen.add(items[i].toString())) {
                count(counts, Util.hasheq(items[i]), items[i]);
            }
        }
    }
}
