package karamon.json;

import clojure.lang.Keyword;
import java.util.Objects;

/**
 * Makes the keys of a Clojure map from the names in a JSON object. Safe for many threads.
 *
 * <p>Clients choose the names, so nothing here grows with their number: {@link Cached} keeps a fixed number of names and
 * drops the rest. Names that were made to have one hash are {@link CollidingKeys}.
 *
 * <p>An interface without default methods: it isn't initialized before the classes that implement it. As their superclass, which
 * makes two of them, it would deadlock when threads used several for the first time.
 */
public interface Keys {

    /** The names as they are, strings. */
    Keys STRINGS = new Strings();

    /** Keywords that print like the names: {@code "userId"} gives {@code :userId}, {@code "a/b"} gives {@code :a/b}. */
    Keys KEYWORDS = new Keywords();

    /**
     * Returns the key for a name.
     *
     * @param name the name in the JSON, never null
     * @return the key, never null
     * @throws CollidingKeys when the name is one of many with the same hash
     */
    Object of(String name);

    /**
     * Returns the keyword of a name that a client may have chosen.
     *
     * @param name {@code "a/b"} gives {@code :a/b}
     * @return the keyword
     * @throws CollidingKeys when too many new names have the same hash
     */
    static Keyword keyword(String name) {
        return Collisions.keyword(name);
    }

    /**
     * Returns the keys for the value under a name.
     *
     * @param name the name in the JSON, never null
     * @return the keys of the objects below it
     */
    Keys under(String name);

    /**
     * Returns the value of a key that comes twice in one object.
     *
     * @param earlier the key's value so far, may be null
     * @param later the next value, may be null
     * @return the value to keep
     */
    Object merge(Object earlier, Object later);

    /** The same keys at every level; of values of one key, the later one. */
    abstract class Uniform implements Keys {
        private Uniform() {}

        @Override
        public Keys under(String name) {
            return this;
        }

        @Override
        public Object merge(Object earlier, Object later) {
            return later;
        }
    }

    /** Makes each key once and keeps it in a table of fixed size. */
    abstract class Cached extends Uniform {
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

    /** Implements {@link #STRINGS}. */
    final class Strings extends Uniform {
        private Strings() {}

        @Override
        public Object of(String name) {
            return name;
        }
    }

    /** Implements {@link #KEYWORDS}. */
    final class Keywords extends Cached {
        private Keywords() {}

        @Override
        protected Object make(String name) {
            return keyword(name);
        }
    }
}
