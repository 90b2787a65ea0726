package karamon.etag;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * A piece of a file as memory, until it is ended. The collector would end it too, but may let many gather by then, each with
 * its page tables. From JDK 22 on an arena ends it, before the method of sun.misc.Unsafe that later ones warn of. Both are
 * called by their names: the first isn't in JDK 17, the second in no documented package.
 *
 * @param bytes the piece
 * @param end ends it; a read after that may end the JVM
 */
record Mapping(ByteBuffer bytes, AutoCloseable end) {
    private static final boolean ARENAS = Runtime.version().feature() >= 22;

    /**
     * Maps a piece of a file.
     *
     * @throws IOException when that isn't possible
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

    /** Ends it, once nobody reads any more. */
    void close() {
        try {
            end.close();
        } catch (Exception e) {
            throw new IllegalStateException("A mapping can't be ended", e);
        }
    }
}
