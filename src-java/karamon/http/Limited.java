package karamon.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Collects bytes up to a limit. Throws as soon as the limit is exceeded, since a stream may be endless. */
final class Limited extends OutputStream {
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private final int limit;
    private boolean over;

    Limited(int limit) {
        this.limit = limit;
    }

    /** Thrown when the limit is exceeded. */
    static final class TooMany extends IOException {
        private static final long serialVersionUID = 1L;

        TooMany() {
            super("The response is too large");
        }
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        over = over || length > limit - kept.size();
        if (over) {
            kept.reset();
            throw new TooMany();
        }
        kept.write(bytes, offset, length);
    }

    void writeAll(InputStream in) throws IOException {
        byte[] buffer = new byte[8192];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            write(buffer, 0, n);
        }
    }

    /** Returns whether the limit was exceeded, even if the writer caught the exception. */
    boolean isOver() {
        return over;
    }

    byte[] bytes() {
        return kept.toByteArray();
    }
}
