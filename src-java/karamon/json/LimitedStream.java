package karamon.json;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Passes bytes on up to a limit. */
final class LimitedStream extends FilterOutputStream {
    private final int limit;
    private int length;

    LimitedStream(OutputStream out, int limit) {
        super(out);
        this.limit = limit;
    }

    @Override
    public void write(int b) throws IOException {
        count(1);
        out.write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
        count(count);
        out.write(bytes, offset, count);
    }

    private void count(int more) {
        if (more > limit - length) {
            throw new UnwritableValue("The JSON is too large: more than the " + limit + " bytes that can be sent");
        }
        length += more;
    }
}
