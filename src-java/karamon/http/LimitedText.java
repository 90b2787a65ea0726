package karamon.http;

import java.io.IOException;
import java.io.Writer;

/** Keeps text up to a limit of its bytes in UTF-8, as {@link Limited} does with bytes. */
final class LimitedText extends Writer {
    private final StringBuilder kept = new StringBuilder();
    private final int limit;
    private long bytes;

    LimitedText(int limit) {
        this.limit = limit;
    }

    @Override
    public void write(char[] text, int offset, int length) throws IOException {
        for (int i = offset; i < offset + length; i++) {
            bytes += utf8Length(text[i]);
        }
        if (bytes > limit) {
            throw new Limited.TooMany();
        }
        kept.append(text, offset, length);
    }

    // A surrogate is half of what takes four bytes.
    private static int utf8Length(char c) {
        return c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
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
