package karamon.http;

import java.io.IOException;
import java.io.Writer;

/** Keeps text up to a limit of its bytes in UTF-8 and counts on beyond it, as {@link Limited} does with bytes. */
final class LimitedText extends Writer {
    // Past so many times the limit counting ends: what is counted may be a sequence without an end, all of it held by
    // whoever holds its head.
    private static final int COUNTED = 2;

    private final StringBuilder kept = new StringBuilder();
    private final int limit;
    private long count;

    LimitedText(int limit) {
        this.limit = limit;
    }

    @Override
    public void write(char[] text, int offset, int length) throws IOException {
        long bytes = 0;
        for (int i = offset; i < offset + length; i++) {
            bytes += utf8Length(text[i]);
        }
        if (isKept(bytes)) {
            kept.append(text, offset, length);
        }
    }

    // A surrogate is half of what takes four bytes.
    private static int utf8Length(char c) {
        return c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
    }

    private boolean isKept(long bytes) throws IOException {
        count += bytes;
        if (count > (long) COUNTED * limit) {
            throw new Limited.TooMany();
        }
        if (count > limit) {
            kept.setLength(0);
            kept.trimToSize();
        }
        return count <= limit;
    }

    boolean isOver() {
        return count > limit;
    }

    long count() {
        return count;
    }

    @Override
    public String toString() {
        return kept.toString();
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
