package karamon.runtime;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes the body of a request in chunks (RFC 9112, section 7.1): one for each flush, or when the buffer is full. Safe for many
 * threads, as a body's function may pass it to others. Writing after the end is an error.
 */
final class ChunkedStream extends OutputStream {
    private static final int MAX_BYTES = 16 * 1024;
    // Up to four hexadecimal digits and a line end.
    private static final int SIZE_BYTES = 6;

    private final OutputStream out;
    private final byte[] chunk = new byte[SIZE_BYTES + MAX_BYTES + 2];
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
            int part = Math.min(offset + length - from, SIZE_BYTES + MAX_BYTES - end);
            System.arraycopy(bytes, from, chunk, end, part);
            end += part;
            from += part;
            if (end == SIZE_BYTES + MAX_BYTES) {
                send();
            }
        }
    }

    /** Sends the bytes written since the last chunk. */
    @Override
    public synchronized void flush() throws IOException {
        send();
        try {
            out.flush();
        } catch (IOException e) {
            throw lost(e);
        }
    }

    /** Stops accepting bytes. Functions may close the stream they write to, but only {@link #end} ends the body. */
    @Override
    public synchronized void close() throws IOException {
        flush();
        closed = true;
    }

    /**
     * Ends the body.
     *
     * @param trailers header lines, each with its line end; may be empty
     */
    synchronized void end(String trailers) throws IOException {
        closed = true;
        send();
        out.write(("0\r\n" + trailers + "\r\n").getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }

    /** Throws the connection's exception again, even if a function caught it. */
    synchronized void throwIfLost() throws IOException {
        if (lost != null) {
            throw lost;
        }
    }

    private void send() throws IOException {
        throwIfLost();
        int size = end - SIZE_BYTES;
        if (size == 0) {
            return; // An empty chunk would end the body.
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
