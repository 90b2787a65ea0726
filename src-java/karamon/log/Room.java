package karamon.log;

import karamon.text.Shown;

/** The room that is left in an entry, in bytes of JSON. For one thread. */
final class Room {
    long left;
    /** Whether something was cut off. */
    boolean cut;

    Room(long bytes) {
        this.left = bytes;
    }

    /** Returns a text, cut off where it doesn't fit. Replaces halves of surrogate pairs, which UTF-8 can't encode. */
    String text(String value) {
        StringBuilder text = null;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            boolean pair = Character.isHighSurrogate(c) && i + 1 < value.length() && Character.isLowSurrogate(value.charAt(i + 1));
            left -= c < ' ' ? 6 : c == '"' || c == '\\' ? 2 : c < 0x80 ? 1 : c < 0x800 ? 2 : pair ? 4 : 3;
            if (left < 0) {
                cut = true;
                return (text == null ? value.substring(0, i) : text) + Shown.CUT;
            }
            if (pair) {
                if (text != null) {
                    text.append(c).append(value.charAt(i + 1));
                }
                i++;
            } else if (Character.isSurrogate(c)) {
                text = text == null ? new StringBuilder(value.substring(0, i)) : text;
                text.append('\uFFFD');
            } else if (text != null) {
                text.append(c);
            }
        }
        left -= 2;
        return text == null ? value : text.toString();
    }

    /** Returns whether nothing more fits after a number of items, and notes that something is cut off then. */
    boolean isFull(int items, int max) {
        boolean full = left <= 0 || items >= max;
        cut |= full;
        return full;
    }
}
