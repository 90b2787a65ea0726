package karamon.text;

/**
 * Names and texts for people, with control characters made visible: a name with a line break can't look like a second line, and none
 * can move a terminal's cursor. Also escapes what reorders or breaks a line (Unicode's bidirectional controls, line and paragraph
 * separators).
 */
public final class Escaped {
    private static final String HEX = "0123456789abcdef";

    private Escaped() {}

    /**
     * Escapes a name as md5sum does: a backslash becomes two, a line feed {@code \n}, a carriage return {@code \r}. Other control
     * characters, which md5sum prints, become <code>&#92;u</code> and four hexadecimal digits.
     *
     * @return the name itself if it has none of them
     */
    public static String name(String name) {
        return escape(name, true, false);
    }

    /** Escapes a text for one line: as {@link #name}, but leaves backslashes as they are, so that can't be reversed. */
    public static String line(String text) {
        return escape(text, false, false);
    }

    /** Escapes a text of any lines: as {@link #line}, but leaves line feeds and tabs as they are. */
    public static String text(String text) {
        return escape(text, false, true);
    }

    private static String escape(String text, boolean backslash, boolean lines) {
        StringBuilder escaped = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && backslash) {
                escaped.append("\\\\");
            } else if (!isControl(c) || lines && (c == '\n' || c == '\t')) {
                escaped.append(c);
            } else if (c == '\n' || c == '\r') {
                escaped.append('\\').append(c == '\n' ? 'n' : 'r');
            } else {
                escaped.append("\\u");
                for (int shift = 12; shift >= 0; shift -= 4) {
                    escaped.append(HEX.charAt(c >> shift & 15));
                }
            }
        }
        return escaped.length() == text.length() ? text : escaped.toString();
    }

    private static boolean isControl(char c) {
        return Character.isISOControl(c)
                || c == '\u061c' || c == '\u200e' || c == '\u200f'
                || c >= '\u2028' && c <= '\u202e'
                || c >= '\u2066' && c <= '\u2069';
    }

    /**
     * Reverses {@link #name}.
     *
     * @return null if the text has a backslash that isn't part of such an escape
     */
    public static String read(String text) {
        StringBuilder read = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                read.append(c);
                continue;
            }
            i++;
            switch (i < text.length() ? text.charAt(i) : 0) {
                case '\\' -> read.append('\\');
                case 'n' -> read.append('\n');
                case 'r' -> read.append('\r');
                case 'u' -> {
                    int code = code(text, i + 1);
                    if (code < 0) {
                        return null;
                    }
                    read.append((char) code);
                    i += 4;
                }
                default -> {
                    return null;
                }
            }
        }
        return read.toString();
    }

    private static int code(String text, int start) {
        int code = text.length() < start + 4 ? -1 : 0;
        for (int i = start; code >= 0 && i < start + 4; i++) {
            int digit = HEX.indexOf(text.charAt(i));
            code = digit < 0 ? -1 : code << 4 | digit;
        }
        return code;
    }
}
