package karamon.server;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import karamon.json.JsonWriter;

/**
 * Collects the JSON of an event in one array, in which a large body is copied once. A generator for any data takes four times as
 * long for the short texts of a request. For one thread.
 */
final class EventBytes {
    private static final int USUAL = 1024;
    // An array of at most this size is kept for the thread's next event.
    private static final int MAX_KEPT = 16 * USUAL;
    private static final ThreadLocal<byte[]> KEPT = new ThreadLocal<>();
    // The most that a character takes: a half of a surrogate pair, which UTF-8 can't encode.
    private static final int ESCAPE = 6;
    private static final byte[] HEX = constant("0123456789abcdef");

    private byte[] bytes;
    private int length;

    EventBytes() {
        byte[] kept = KEPT.get();
        bytes = kept == null ? new byte[USUAL] : kept;
        KEPT.set(null);
    }

    /** Returns JSON that is the same in every event, for {@link #raw}. */
    static byte[] constant(String json) {
        return json.getBytes(StandardCharsets.US_ASCII);
    }

    /** Adds JSON as it is. */
    EventBytes raw(byte[] json) {
        reserve(json.length);
        System.arraycopy(json, 0, bytes, length, json.length);
        length += json.length;
        return this;
    }

    EventBytes raw(char json) {
        reserve(1);
        bytes[length++] = (byte) json;
        return this;
    }

    EventBytes number(long number) {
        return raw(constant(Long.toString(number)));
    }

    /** Adds any data. */
    EventBytes value(Object value) {
        return raw(JsonWriter.bytes(value));
    }

    /** Adds an object of texts. */
    EventBytes texts(Map<String, String> texts) {
        char before = '{';
        for (Map.Entry<String, String> entry : texts.entrySet()) {
            raw(before).text(entry.getKey()).raw(':').text(entry.getValue());
            before = ',';
        }
        return before == '{' ? raw('{').raw('}') : raw('}');
    }

    EventBytes text(String text) {
        int count = text.length();
        reserve(count + 2);
        byte[] to = bytes;
        int start = length + 1;
        int i = 0;
        for (; i < count; i++) {
            char c = text.charAt(i);
            if (!isPlain(c)) {
                break;
            }
            to[start + i] = (byte) c;
        }
        to[length] = '"';
        length = start + i;
        if (i < count) {
            rest(text, i);
        }
        return raw('"');
    }

    private void rest(String text, int start) {
        int size = 0;
        for (int i = start; i < text.length(); i++) {
            size += size(text, i);
        }
        reserve(size + 1);
        for (int i = start; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (size(text, i)) {
                case 1 -> bytes[length++] = (byte) c;
                case 2 -> twoBytes(text, i, c);
                case 3 -> {
                    bytes[length++] = (byte) (0xe0 | c >> 12);
                    bytes[length++] = (byte) (0x80 | c >> 6 & 0x3f);
                    bytes[length++] = (byte) (0x80 | c & 0x3f);
                }
                default -> {
                    bytes[length++] = '\\';
                    bytes[length++] = 'u';
                    for (int shift = 12; shift >= 0; shift -= 4) {
                        bytes[length++] = HEX[c >> shift & 0xf];
                    }
                }
            }
        }
    }

    private void twoBytes(String text, int i, char c) {
        if (c < 0x80) {
            bytes[length++] = '\\';
            bytes[length++] = (byte) c;
        } else if (c < 0x800) {
            bytes[length++] = (byte) (0xc0 | c >> 6);
            bytes[length++] = (byte) (0x80 | c & 0x3f);
        } else if (Character.isHighSurrogate(c)) {
            int point = text.codePointAt(i);
            bytes[length++] = (byte) (0xf0 | point >> 18);
            bytes[length++] = (byte) (0x80 | point >> 12 & 0x3f);
        } else {
            int point = text.codePointBefore(i + 1);
            bytes[length++] = (byte) (0x80 | point >> 6 & 0x3f);
            bytes[length++] = (byte) (0x80 | point & 0x3f);
        }
    }

    private static boolean isPlain(char c) {
        return c >= ' ' && c < 0x80 && c != '"' && c != '\\';
    }

    /** Returns the bytes that a character takes; each half of a surrogate pair takes two. */
    private static int size(String text, int i) {
        char c = text.charAt(i);
        if (isPlain(c)) {
            return 1;
        }
        if (Character.isSurrogate(c)) {
            boolean pair = Character.isHighSurrogate(c)
                    ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
                    : i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
            return pair ? 2 : ESCAPE;
        }
        return c < ' ' ? ESCAPE : c < 0x800 ? 2 : 3;
    }

    // Exact for a large body; the few fields after it find room.
    private void reserve(int more) {
        if (more > bytes.length - length) {
            bytes = Arrays.copyOf(bytes, Math.addExact(Math.addExact(length, more), USUAL));
        }
    }

    byte[] toBytes() {
        if (bytes.length <= MAX_KEPT) {
            KEPT.set(bytes);
        }
        return Arrays.copyOf(bytes, length);
    }
}
