package karamon.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import karamon.text.Nearest;
import karamon.text.Shown;

/**
 * A JSON object in the file of routes. Each method throws a {@link SettingError} that names the place if the value is wrong.
 *
 * @param place for messages, such as {@code routes.json: routes[2]}
 */
record Fields(String place, Map<?, ?> values) {

    /** Checks that a value is an object whose keys are all known. */
    static Fields of(String place, Object value, List<String> known) {
        if (!(value instanceof Map<?, ?> map)) {
            throw new SettingError(place + " must be an object, found " + Shown.of(value));
        }
        for (Object key : map.keySet()) {
            if (!known.contains(key)) {
                throw new SettingError(place + " has the unknown key " + Shown.of(key) + ", expected " + String.join(", ", known) + "."
                        + Nearest.hint(String.valueOf(key), known));
            }
        }
        return new Fields(place, map);
    }

    String at(String key) {
        return place + "." + key;
    }

    /** Returns a text; null if it is missing. */
    String text(String key) {
        Object value = values.get(key);
        if (value == null || value instanceof String text && !text.isBlank()) {
            return (String) value;
        }
        throw wrong(key, "a text", value);
    }

    String required(String key) {
        if (values.get(key) == null) {
            throw wrong(key, "a text", null);
        }
        return text(key);
    }

    int number(String key, int otherwise, int min, int max) {
        Object value = values.get(key);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Long number && number >= min && number <= max) {
            return number.intValue();
        }
        throw wrong(key, "a whole number from " + min + " to " + max, value);
    }

    boolean truth(String key) {
        Object value = values.get(key);
        if (value == null || value instanceof Boolean) {
            return Boolean.TRUE.equals(value);
        }
        throw wrong(key, "true or false", value);
    }

    /** Returns a list of texts; {@code otherwise} if it is missing. */
    List<String> texts(String key, List<String> otherwise) {
        Object value = values.get(key);
        if (value == null) {
            return otherwise;
        }
        List<String> texts = new ArrayList<>();
        for (Object item : list(key)) {
            if (!(item instanceof String text)) {
                throw wrong(key, "a list of texts", value);
            }
            texts.add(text);
        }
        return List.copyOf(texts);
    }

    List<?> list(String key) {
        if (values.get(key) instanceof List<?> list) {
            return list;
        }
        throw wrong(key, "a list", values.get(key));
    }

    SettingError wrong(String key, String expected, Object found) {
        return new SettingError(at(key) + " must be " + expected + ", found " + (found == null ? "nothing" : Shown.of(found)));
    }
}
