package karamon.server;

import java.util.Map;
import karamon.text.Shown;

/** Reads settings from environment variables. An empty value counts as not set. */
record Environment(Map<String, String> variables) {

    /** Returns a text; null if it isn't set. */
    String text(String name) {
        String value = variables.get(name);
        return value == null || value.isBlank() ? null : value.strip();
    }

    /** Returns a text. Throws a {@link SettingError} that says what it should be if it isn't set. */
    String required(String name, String expected) {
        String value = text(name);
        if (value == null) {
            throw new SettingError(name + " must be " + expected + ", found nothing");
        }
        return value;
    }

    /** Returns a whole number within bounds. */
    int number(String name, int otherwise, int min, int max) {
        String value = text(name);
        if (value == null) {
            return otherwise;
        }
        if (value.matches("[0-9]{1,9}")) {
            int number = Integer.parseInt(value);
            if (number >= min && number <= max) {
                return number;
            }
        }
        throw new SettingError(name + " must be a whole number from " + min + " to " + max + ", found " + Shown.of(value));
    }

    /** Returns whether a setting is true; false if it isn't set. */
    boolean truth(String name) {
        String value = text(name);
        if (value == null || value.equals("false")) {
            return false;
        }
        if (value.equals("true")) {
            return true;
        }
        throw new SettingError(name + " must be true or false, found " + Shown.of(value));
    }
}
