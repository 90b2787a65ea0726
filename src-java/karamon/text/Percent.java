package karamon.text;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/** Percent-encoding in UTF-8. Decoding never fails: an escape that is malformed, or isn't UTF-8, stays as it is. */
public final class Percent {
    private static final String HEX = "0123456789ABCDEF";
    private static final String ALPHANUMERIC = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    private static final boolean[] UNRESERVED = table(ALPHANUMERIC + "-._~");
    private static final boolean[] PATH = table(ALPHANUMERIC + "-._~/!$&'()*+,;=:@");

    private Percent() {}

    private static boolean[] table(String characters) {
        boolean[] table = new boolean[128];
        for (int i = 0; i < characters.length(); i++) {
            table[characters.charAt(i)] = true;
        }
        return table;
    }

    /**
     * Decodes once.
     *
     * @param text may contain escapes
     * @param form whether it is form data, where a plus means a space
     * @return the text, with all valid escapes decoded
     */
    public static String decode(String text, boolean form) {
        if (text.indexOf('%') < 0 && !(form && text.indexOf('+') >= 0)) {
            return text;
        }
        StringBuilder decoded = new StringBuilder(text.length());
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i);
            int end = c == '%' ? endOfEscapes(text, i) : i;
            if (end > i) {
                decoded.append(decodeEscapes(text, i, end));
                i = end;
            } else {
                decoded.append(form && c == '+' ? ' ' : c);
                i++;
            }
        }
        return decoded.toString();
    }

    private static int endOfEscapes(String text, int start) {
        int end = start;
        while (isEscape(text, end)) {
            end += 3;
        }
        return end;
    }

    private static CharSequence decodeEscapes(String text, int start, int end) {
        ByteBuffer bytes = ByteBuffer.allocate((end - start) / 3);
        for (int at = start; at < end; at += 3) {
            bytes.put((byte) (Character.digit(text.charAt(at + 1), 16) << 4 | Character.digit(text.charAt(at + 2), 16)));
        }
        bytes.flip();
        CharBuffer decoded = CharBuffer.allocate(end - start);
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        for (CoderResult result = decoder.decode(bytes, decoded, true); result.isMalformed();
                result = decoder.decode(bytes, decoded, true)) {
            int at = start + 3 * bytes.position();
            decoded.put(text, at, at + 3 * result.length());
            bytes.position(bytes.position() + result.length());
        }
        return decoded.flip();
    }

    private static boolean isEscape(String text, int at) {
        return at + 2 < text.length() && text.charAt(at) == '%' && isHex(text.charAt(at + 1)) && isHex(text.charAt(at + 2));
    }

    private static boolean isHex(char c) {
        return c < 128 && Character.digit(c, 16) >= 0;
    }

    /**
     * Encodes a name or a value of a query string.
     *
     * @param text any text
     * @return letters, digits, {@code -._~} and escapes
     */
    public static String encode(String text) {
        return escape(text, UNRESERVED, false);
    }

    /**
     * Escapes all characters that a path can't contain (RFC 3986, section 3.3). Existing escapes stay, so encoding twice changes
     * nothing.
     *
     * @param path decoded or encoded
     * @return the path, encoded
     */
    public static String encodePath(String path) {
        return escape(path, PATH, true);
    }

    /**
     * Escapes all characters that a path can't contain, and every {@code %}: decoding the result once gives the path.
     *
     * @param path decoded
     * @return the path, encoded
     */
    public static String encodeDecodedPath(String path) {
        return escape(path, PATH, false);
    }

    private static String escape(String text, boolean[] safe, boolean keepEscapes) {
        int clean = 0;
        while (clean < text.length() && stays(text, clean, safe, keepEscapes)) {
            clean++;
        }
        if (clean == text.length()) {
            return text;
        }
        StringBuilder escaped = new StringBuilder(text.length() + 16).append(text, 0, clean);
        for (int i = clean; i < text.length(); ) {
            int next = text.offsetByCodePoints(i, 1);
            if (stays(text, i, safe, keepEscapes)) {
                escaped.append(text.charAt(i));
            } else {
                for (byte b : text.substring(i, next).getBytes(StandardCharsets.UTF_8)) {
                    escaped.append('%').append(HEX.charAt(b >> 4 & 15)).append(HEX.charAt(b & 15));
                }
            }
            i = next;
        }
        return escaped.toString();
    }

    private static boolean stays(String text, int at, boolean[] safe, boolean keepEscapes) {
        char c = text.charAt(at);
        return c < safe.length && safe[c] || keepEscapes && isEscape(text, at);
    }
}
