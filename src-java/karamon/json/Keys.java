package karamon.json;

import clojure.lang.Keyword;
import java.util.Objects;

/**
 * Makes the keys of a Clojure map from the names in a JSON object. Safe for many threads.
 *
 * <p>Clients choose the names, so nothing here grows with their number: {@link Cached} keeps a fixed number of names and
 * drops the rest.
 */
public abstract class Keys {

    /** The names as they are, strings. */
    public static final Keys STRINGS = new Strings();

    /** Keywords that print like the names: {@code "userId"} gives {@code :userId}, {@code "a/b"} gives {@code :a/b}. */
    public static final Keys KEYWORDS = new Keywords();

    /** For subclasses in other packages. */
    protected Keys() {}

    /**
     * Returns the key for a name.
     *
     * @param name the name in the JSON, never null
     * @return the key, never null
     */
    public abstract Object of(String name);

    /**
     * Returns the keys for the value under a name: by default, these.
     *
     * @param name the name in the JSON, never null
     * @return the keys of the objects below it
     */
    public Keys under(String name) {
        return this;
    }

    /**
     * Returns the value of a key that comes twice in one object: by default, the later value.
     *
     * @param earlier the key's value so far, may be null
     * @param later the next value, may be null
     * @return the value to keep
     */
    public Object merge(Object earlier, Object later) {
        return later;
    }

    /** Makes each key once and keeps it in a table of fixed size. */
    public abstract static class Cached extends Keys {
        private static final int SLOTS = 1024;
        private static final int LONGEST = 64;

        private record Entry(String name, Object key) {}

        private final Entry[] table = new Entry[SLOTS];

        /** For subclasses in other packages. */
        protected Cached() {}

        /**
         * Returns the key for a name that isn't in the table.
         *
         * @param name the name in the JSON
         * @return the key, never null
         */
        protected abstract Object make(String name);

        // A name has two slots, so that two names with the same hash don't evict each other for ever. Entries are immutable and
        // a slot is written in one step, so a race costs only a second make.
        @Override
        public final Object of(String name) {
            int slot = (name.hashCode() ^ name.hashCode() >>> 16) & SLOTS - 1;
            Entry entry = table[slot];
            if (entry != null && entry.name.equals(name)) {
                return entry.key;
            }
            Entry other = table[slot ^ 1];
            if (other != null && other.name.equals(name)) {
                return other.key;
            }
            Object key = Objects.requireNonNull(make(name));
            if (name.length() <= LONGEST) {
                table[entry == null ? slot : slot ^ 1] = new Entry(name, key);
            }
            return key;
        }
    }

    private static final class Strings extends Keys {
        @Override
        public Object of(String name) {
            return name;
        }
    }

    private static final class Keywords extends Cached {
        @Override
        protected Object make(String name) {
            return Keyword.intern(name);
        }
    }
}
