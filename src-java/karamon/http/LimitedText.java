package karamon.http;

import java.io.IOException;
import java.io.Writer;

/** Collects text up to a limit of bytes in UTF-8, as {@link Limited} does for bytes. */
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

    // A surrogate pair takes four bytes, so each half counts two.
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
