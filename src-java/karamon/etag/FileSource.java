package karamon.etag;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A file, as large as it was at first; its channel's position is left alone. Bytes are copied out of mapped windows, which
 * costs less than reads do, and is safe where computing in them isn't: the JVM makes an InternalError of a page that is gone
 * when it copies, and dies of one when it loads vectors (seen on JDK 25). A window is ended as soon as all of it was read.
 * Where mapping fails, files are read.
 */
final class FileSource implements Source, AutoCloseable {
    private static final long WINDOW = 1L << 28;
    // Windows lets nobody delete a file that is mapped.
    private static final boolean MAPS = !System.getProperty("os.name").startsWith("Windows");

    private final FileChannel channel;
    private final long size;
    private final AtomicReferenceArray<Mapping> windows;
    private final AtomicLongArray left;
    private volatile boolean mapped = MAPS;

    /** @param passes how often each byte is read, and no more */
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

    /** Ends what is left, once no thread reads any more. */
    @Override
    public void close() {
        for (int i = 0; i < windows.length(); i++) {
            end(i);
        }
    }
}
