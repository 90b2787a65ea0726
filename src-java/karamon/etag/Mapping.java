package karamon.etag;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * A piece of a file as memory, until it is unmapped. The garbage collector would unmap it too, but may let many pile up first,
 * each with its page tables. From JDK 22 on, an arena unmaps it; before, a method of sun.misc.Unsafe, for which later JDKs print
 * warnings. Both are called by reflection: arenas aren't in JDK 17, and Unsafe isn't in a documented package.
 *
 * @param bytes the piece
 * @param end unmaps it; reading it afterwards may crash the JVM
 */
record Mapping(ByteBuffer bytes, AutoCloseable end) {
    private static final boolean ARENAS = Runtime.version().feature() >= 22;

    /**
     * Maps a piece of a file.
     *
     * @throws IOException when mapping isn't possible
     */
    static Mapping of(FileChannel channel, long position, long length) throws IOException {
        try {
            return ARENAS ? inArena(channel, position, length) : unsafe(channel.map(FileChannel.MapMode.READ_ONLY, position, length));
        } catch (InvocationTargetException e) {
            throw new IOException("can't be mapped", e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IOException("can't be mapped", e);
        }
    }

    private static Mapping inArena(FileChannel channel, long position, long length) throws ReflectiveOperationException {
        Class<?> type = Class.forName("java.lang.foreign.Arena");
        Object arena = type.getMethod("ofShared").invoke(null);
        Object segment = FileChannel.class.getMethod("map", FileChannel.MapMode.class, long.class, long.class, type)
                .invoke(channel, FileChannel.MapMode.READ_ONLY, position, length, arena);
        Object bytes = Class.forName("java.lang.foreign.MemorySegment").getMethod("asByteBuffer").invoke(segment);
        return new Mapping((ByteBuffer) bytes, (AutoCloseable) arena);
    }

    private static Mapping unsafe(ByteBuffer bytes) throws ReflectiveOperationException {
        Class<?> type = Class.forName("sun.misc.Unsafe");
        Field instance = type.getDeclaredField("theUnsafe");
        instance.setAccessible(true);
        Object unsafe = instance.get(null);
        return new Mapping(bytes, () -> type.getMethod("invokeCleaner", ByteBuffer.class).invoke(unsafe, bytes));
    }

    /** Unmaps the piece. No thread may be reading it. */
    void close() {
        try {
            end.close();
        } catch (Exception e) {
            throw new IllegalStateException("Can't unmap a file", e);
        }
    }
}
