package karamon.table;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.hadoop.fs.FSDataInputStream;

/**
 * Those lines of a file that begin in a range of its bytes, for a file of which several tasks read one range each. In its charset
 * the byte 0A must be a line feed wherever it occurs. Not safe for use by several threads.
 */
public final class CsvRange extends FilterInputStream {
    private final long start;
    private long left;

    /**
     * Begins to read; moves the file's own position.
     *
     * @param file an open file
     * @param from the first byte of the range; 0 is the beginning of the file
     * @param to the first byte after the range, at most the file's length
     */
    public CsvRange(FSDataInputStream file, long from, long to) throws IOException {
        super(file);
        start = lineFrom(file, from);
        left = Math.max(0, lineFrom(file, to) - start);
        file.seek(start);
    }

    /** Returns the number of line ends in the first bytes of a file: CRLF, LF and CR. Moves the file's own position. */
    public static long lineEnds(FSDataInputStream file, long length) throws IOException {
        file.seek(0);
        InputStream in = new BufferedInputStream(file, 1 << 16);
        long count = 0;
        int before = 0;
        for (long i = 0; i < length; i++) {
            int b = in.read();
            count += b == '\r' || b == '\n' && before != '\r' ? 1 : 0;
            before = b;
        }
        return count;
    }

    /** Returns where the first line begins. */
    public long start() {
        return start;
    }

    // Returns where the first line begins that doesn't begin before a byte.
    private static long lineFrom(FSDataInputStream file, long position) throws IOException {
        if (position == 0) {
            return 0;
        }
        file.seek(position - 1);
        InputStream in = new BufferedInputStream(file);
        for (long i = position;; i++) {
            int b = in.read();
            if (b == '\n' || b < 0) {
                return b < 0 ? i - 1 : i;
            }
        }
    }

    @Override
    public int read() throws IOException {
        int b = left > 0 ? super.read() : -1;
        left -= b < 0 ? 0 : 1;
        return b;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (left <= 0) {
            return -1;
        }
        int count = super.read(bytes, offset, (int) Math.min(left, length));
        left -= Math.max(0, count);
        return count;
    }

    @Override
    public long skip(long count) {
        throw new UnsupportedOperationException();
    }
}
