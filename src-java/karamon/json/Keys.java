package karamon.json;

import clojure.lang.Keyword;
import java.util.Objects;

/**
 * What the names in a JSON object become as keys of a Clojure map. Safe for many threads.
 *
 * <p>Names are anybody's choice, so nothing here grows with them: {@link Cached} keeps a fixed number of names and
 * forgets the rest.
 */
public abstract class Keys {

    /** The names as they are, strings. */
    public static final Keys STRINGS = new Strings();

    /** Keywords that print as the names do: {@code "userId"} gives {@code :userId}, {@code "a/b"} gives {@code :a/b}. */
    public static final Keys KEYWORDS = new Keywords();

    /** For subclasses in other packages. */
    protected Keys() {}

    /**
     * Returns the key for a name.
     *
     * @param name the name as it stands in the JSON, never null
     * @return the key, never null
     */
    public abstract Object of(String name);

    /**
     * Returns the keys for the value that stands under a name: these, unless a subclass says otherwise.
     *
     * @param name the name as it stands in the JSON, never null
     * @return the keys of the objects below it
     */
    public Keys under(String name) {
        return this;
    }

    /**
     * Returns what a key holds that came twice in one object: the later value, unless a subclass says otherwise.
     *
     * @param earlier the value the key has so far, may be null
     * @param later the value that came again, may be null
     * @return the value to keep
     */
    public Object merge(Object earlier, Object later) {
        return later;
    }

    /** Keys that are made once for a name and then remembered, in a table of fixed size. */
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
         * @param name the name as it stands in the JSON
         * @return the key, never null
         */
        protected abstract Object make(String name);

        // A name has two slots, so that two that fall together don't drive each other out for ever. Entries are immutable
        // and a slot is written whole, so a race costs a second make and nothing else.
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
