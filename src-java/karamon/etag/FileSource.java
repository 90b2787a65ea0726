package karamon.etag;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A file, as large as it was at first; its channel's position is left alone. Bytes are copied out of mapped windows, which
 * takes half the time of reads, and is safe where computing in them isn't: the JVM makes an InternalError of a page that is
 * gone when it copies, and dies of one when it loads vectors (seen on JDK 25). Where mapping fails, files are read.
 */
final class FileSource implements Source {
    private static final long WINDOW = 1L << 28;
    // Windows lets nobody delete a file that is mapped, and a window stays until it is collected.
    private static final boolean MAPS = !System.getProperty("os.name").startsWith("Windows");

    private final FileChannel channel;
    private final long size;
    private final AtomicReferenceArray<MappedByteBuffer> windows;
    private volatile boolean mapped = MAPS;

    FileSource(FileChannel channel, long size) {
        this.channel = channel;
        this.size = size;
        windows = new AtomicReferenceArray<>((int) ((size + WINDOW - 1) / WINDOW));
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
            MappedByteBuffer window = window((int) (at / WINDOW));
            if (window == null) {
                readFully(at, ByteBuffer.wrap(into, offset + done, n));
            } else {
                window.get((int) (at % WINDOW), into, offset + done, n);
            }
            done += n;
        }
    }

    // Two threads may map the same window; then one of them is collected.
    private MappedByteBuffer window(int index) {
        MappedByteBuffer window = windows.get(index);
        if (window == null && mapped) {
            long start = index * WINDOW;
            try {
                window = channel.map(FileChannel.MapMode.READ_ONLY, start, Math.min(WINDOW, size - start));
                windows.set(index, window);
            } catch (IOException | UnsupportedOperationException e) {
                mapped = false;
            }
        }
        return window;
    }

    private void readFully(long position, ByteBuffer into) throws IOException {
        int start = into.position();
        while (into.hasRemaining()) {
            if (channel.read(into, position + into.position() - start) < 0) {
                throw new EOFException();
            }
        }
    }
}
