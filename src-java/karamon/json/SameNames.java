package karamon.json;

import java.util.HashMap;
import java.util.Map;
import karamon.text.Shown;

/** Finds different keys of a map that JSON writes as one name, such as {@code :a} and {@code "a"}. */
final class SameNames {
    private SameNames() {}

    /** Throws {@link UnwritableValue} if two keys of a map have one name. */
    static void refuse(Map<?, ?> map) {
        Map<String, Object> keys = new HashMap<>();
        for (Object key : map.keySet()) {
            Object other = keys.put(JsonWriter.name(key), key);
            if (other != null) {
                throw new UnwritableValue("JSON has the same name for the keys " + Shown.of(other) + " and " + Shown.of(key));
            }
        }
    }
}
