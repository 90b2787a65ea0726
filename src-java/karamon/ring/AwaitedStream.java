package karamon.ring;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A stream that threads can wait for until any thread closes it. Closing it doesn't close the underlying stream. */
public final class AwaitedStream extends FilterOutputStream {
    private final CountDownLatch closed = new CountDownLatch(1);

    /**
     * Makes an open stream.
     *
     * @param out the underlying stream; it isn't closed
     */
    public AwaitedStream(OutputStream out) {
        super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
    }

    /** Flushes, and releases whoever waits. */
    @Override
    public void close() throws IOException {
        try {
            flush();
        } finally {
            closed.countDown();
        }
    }

    /**
     * Waits until the stream is closed.
     *
     * @param ms the maximum time to wait, in milliseconds
     * @return whether it is closed
     * @throws InterruptedException when the thread is interrupted while it waits
     */
    public boolean awaitClose(long ms) throws InterruptedException {
        return closed.await(ms, TimeUnit.MILLISECONDS);
    }
}
