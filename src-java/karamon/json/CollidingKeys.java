package karamon.json;

import clojure.lang.Keyword;
import com.fasterxml.jackson.core.JsonLocation;

/**
 * Thrown for names that were made to have one hash. A hash table compares each of them with all others, so reading them would
 * take time that grows with the square of their number. Ordinary names never reach the limit.
 */
public final class CollidingKeys extends MalformedJson {
    private static final long serialVersionUID = 1L;
    private static final int SHOWN = 40;

    CollidingKeys(Object key) {
        super("Expected at most " + Collisions.MAX + " names with the same hash, found more, such as " + shown(key), null, null);
    }

    /** Adds where it is. */
    CollidingKeys(CollidingKeys cause, JsonLocation at) {
        super(cause.getMessage(), at, cause);
    }

    private static String shown(Object key) {
        String name = (key instanceof Keyword keyword ? keyword.sym : key).toString();
        return name.length() > SHOWN ? name.substring(0, SHOWN) + "…" : name;
    }
}
