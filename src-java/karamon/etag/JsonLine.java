package karamon.etag;

import java.util.Locale;
import java.util.Map;

/** Builds a JSON object of one line, of strings, numbers and checksums. */
final class JsonLine {
    private static final String HEX = "0123456789ABCDEF";

    private final StringBuilder text = new StringBuilder("{");

    JsonLine put(String key, String value) {
        key(key);
        quote(value);
        return this;
    }

    JsonLine put(String key, long value) {
        key(key);
        text.append(value);
        return this;
    }

    JsonLine put(String key, boolean value) {
        key(key);
        text.append(value);
        return this;
    }

    JsonLine put(String key, Map<Checksum, String> checksums) {
        key(key);
        JsonLine inner = new JsonLine();
        for (Map.Entry<Checksum, String> checksum : checksums.entrySet()) {
            inner.put(checksum.getKey().name().toLowerCase(Locale.ROOT), checksum.getValue());
        }
        text.append(inner.end());
        return this;
    }

    String end() {
        return text.append('}').toString();
    }

    private void key(String key) {
        if (text.length() > 1) {
            text.append(',');
        }
        quote(key);
        text.append(':');
    }

    private void quote(String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            int letter = "\"\\\b\t\n\f\r".indexOf(c);
            if (letter >= 0) {
                text.append('\\').append("\"\\btnfr".charAt(letter));
            } else if (c < ' ') {
                text.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
            } else {
                text.append(c);
            }
        }
        text.append('"');
    }
}
