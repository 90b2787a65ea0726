package karamon.runtime;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * The body of a request in chunks (RFC 9112, section 7.1): one whenever it is flushed, or when there is enough. Safe for
 * many threads, as a body's function may hand it to others; once ended it takes nothing more.
 */
final class ChunkedStream extends OutputStream {
    private static final int MOST_BYTES = 16 * 1024;
    // Up to four hexadecimal digits and the end of their line.
    private static final int SIZE_BYTES = 6;

    private final OutputStream out;
    private final byte[] chunk = new byte[SIZE_BYTES + MOST_BYTES + 2];
    private int end = SIZE_BYTES;
    private boolean closed;
    private IOException lost;

    ChunkedStream(OutputStream out) {
        this.out = out;
    }

    @Override
    public synchronized void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
        if (closed) {
            throw new IOException("The response has ended");
        }
        int from = offset;
        while (from < offset + length) {
            int part = Math.min(offset + length - from, SIZE_BYTES + MOST_BYTES - end);
            System.arraycopy(bytes, from, chunk, end, part);
            end += part;
            from += part;
            if (end == SIZE_BYTES + MOST_BYTES) {
                send();
            }
        }
    }

    /** Sends what was written since the last chunk. */
    @Override
    public synchronized void flush() throws IOException {
        send();
        try {
            out.flush();
        } catch (IOException e) {
            throw lost(e);
        }
    }

    /** Takes nothing more, as people close what they write to; what ends the body is {@link #end}. */
    @Override
    public synchronized void close() throws IOException {
        flush();
        closed = true;
    }

    /**
     * Ends the body.
     *
     * @param trailers lines of headers, each with its end; may be empty
     */
    synchronized void end(String trailers) throws IOException {
        closed = true;
        send();
        out.write(("0\r\n" + trailers + "\r\n").getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }

    /** Throws again what went wrong with the connection, whatever was made of it since. */
    synchronized void throwIfLost() throws IOException {
        if (lost != null) {
            throw lost;
        }
    }

    private void send() throws IOException {
        throwIfLost();
        int size = end - SIZE_BYTES;
        if (size == 0) {
            return; // An empty chunk would be the last.
        }
        chunk[SIZE_BYTES - 2] = '\r';
        chunk[SIZE_BYTES - 1] = '\n';
        int start = SIZE_BYTES - 2;
        for (int rest = size; rest > 0; rest >>>= 4) {
            chunk[--start] = (byte) Character.forDigit(rest & 15, 16);
        }
        chunk[end] = '\r';
        chunk[end + 1] = '\n';
        int length = end + 2 - start;
        end = SIZE_BYTES;
        try {
            out.write(chunk, start, length);
        } catch (IOException e) {
            throw lost(e);
        }
    }

    private IOException lost(IOException cause) {
        lost = cause;
        return cause;
    }
}
