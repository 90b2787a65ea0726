package karamon.etag;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A file, with the size that it had when it was opened. Doesn't change the channel's position. Bytes are copied from mapped
 * windows, which costs less than reading. Copying is safe, but computing in a window isn't: if a page is gone, the JVM throws an
 * InternalError when it copies, and crashes when it loads vectors (seen on JDK 25). A window is unmapped as soon as all of it
 * was read. If mapping fails, the file is read.
 */
final class FileSource implements Source, AutoCloseable {
    private static final long WINDOW = 1L << 28;
    // On Windows, a mapped file can't be deleted.
    private static final boolean MAPS = !System.getProperty("os.name").startsWith("Windows");

    private final FileChannel channel;
    private final long size;
    private final AtomicReferenceArray<Mapping> windows;
    private final AtomicLongArray left;
    private volatile boolean mapped = MAPS;

    /** @param passes how often each byte is read */
    FileSource(FileChannel channel, long size, int passes) {
        this.channel = channel;
        this.size = size;
        int count = (int) ((size + WINDOW - 1) / WINDOW);
        windows = new AtomicReferenceArray<>(count);
        left = new AtomicLongArray(count);
        for (int i = 0; i < count; i++) {
            left.set(i, passes * length(i));
        }
    }

    private long length(int window) {
        return Math.min(WINDOW, size - window * WINDOW);
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void read(long position, byte[] into, int offset, int length) throws IOException {
        for (int done = 0; done < length; ) {
            long at = position + done;
            int n = (int) Math.min(length - done, WINDOW - at % WINDOW);
            int index = (int) (at / WINDOW);
            Mapping window = window(index);
            if (window == null) {
                readFully(at, ByteBuffer.wrap(into, offset + done, n));
            } else {
                window.bytes().get((int) (at % WINDOW), into, offset + done, n);
            }
            if (left.addAndGet(index, -n) == 0) {
                end(index);
            }
            done += n;
        }
    }

    private Mapping window(int index) {
        Mapping window = windows.get(index);
        return window == null && mapped ? map(index) : window;
    }

    private synchronized Mapping map(int index) {
        if (windows.get(index) == null && mapped) {
            try {
                windows.set(index, Mapping.of(channel, index * WINDOW, length(index)));
            } catch (IOException | UnsupportedOperationException e) {
                mapped = false;
            }
        }
        return windows.get(index);
    }

    private void end(int index) {
        Mapping window = windows.getAndSet(index, null);
        if (window != null) {
            window.close();
        }
    }

    private void readFully(long position, ByteBuffer into) throws IOException {
        int start = into.position();
        while (into.hasRemaining()) {
            if (channel.read(into, position + into.position() - start) < 0) {
                throw new EOFException();
            }
        }
    }

    /** Unmaps the remaining windows. No thread may be reading. */
    @Override
    public void close() {
        for (int i = 0; i < windows.length(); i++) {
            end(i);
        }
    }
}
