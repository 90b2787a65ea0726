package karamon.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Keeps bytes up to a limit and counts on beyond it, so that what is too large can be told without being held. */
final class Limited extends OutputStream {
    // Past so many times the limit counting ends too: a stream may have no end.
    private static final int COUNTED = 64;

    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private final int limit;
    private long count;

    Limited(int limit) {
        this.limit = limit;
    }

    /** Thrown when even counting is given up. */
    static final class TooMany extends IOException {
        private static final long serialVersionUID = 1L;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        count += length;
        if (count <= limit) {
            kept.write(bytes, offset, length);
        } else if (count > (long) COUNTED * limit) {
            throw new TooMany();
        } else {
            kept.reset();
        }
    }

    void writeAll(InputStream in) throws IOException {
        byte[] buffer = new byte[8192];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            write(buffer, 0, n);
        }
    }

    boolean isOver() {
        return count > limit;
    }

    long count() {
        return count;
    }

    byte[] bytes() {
        return kept.toByteArray();
    }
}
