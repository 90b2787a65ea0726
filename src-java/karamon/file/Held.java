package karamon.file;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.FileLockInterruptionException;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A file that is locked while somebody uses it. Processes, and threads of a process, may hold it at the same time. It is released when
 * the last of them closes it, or ends: a killed process holds nothing. Threads may share it.
 *
 * <p>In this process nothing else may open the file: closing that would release the lock (POSIX, fcntl).
 */
public final class Held implements Closeable {
    private static final Map<Path, Held> HELD = new HashMap<>();

    private final Path key;
    private final FileChannel channel;
    private int holders;

    private Held(Path key, FileChannel channel) {
        this.key = key;
        this.channel = channel;
    }

    /** Holds a file, which is created, as by {@link OwnerOnly#open}, if it is missing. */
    public static Held hold(Path file) throws IOException {
        Path key = key(file);
        synchronized (HELD) {
            Held held = HELD.get(key);
            if (held == null) {
                held = new Held(key, locked(key));
                HELD.put(key, held);
            }
            held.holders++;
            return held;
        }
    }

    /** Returns the file's one channel, which all holders in this process share. */
    public FileChannel channel() {
        return channel;
    }

    /** Releases the file once. */
    @Override
    public void close() throws IOException {
        synchronized (HELD) {
            holders--;
            if (holders == 0) {
                HELD.remove(key);
                channel.close();
            }
        }
    }

    /**
     * Passes the channel of a file to {@code action} if nobody holds the file, and keeps others from holding it meanwhile. Creates it
     * if it is missing.
     *
     * @return whether it did; false also if the file can't be locked, as on some file systems
     */
    public static boolean runIfUnused(Path file, Consumer<FileChannel> action) {
        synchronized (HELD) {
            try {
                Path key = key(file);
                if (HELD.containsKey(key)) {
                    return false;
                }
                try (FileChannel channel = OwnerOnly.open(key); FileLock lock = channel.tryLock()) {
                    if (lock == null) {
                        return false;
                    }
                    action.accept(channel);
                    return true;
                }
            } catch (IOException | OverlappingFileLockException e) {
                return false;
            }
        }
    }

    private static Path key(Path file) throws IOException {
        Path absolute = file.toAbsolutePath();
        return absolute.getParent().toRealPath().resolve(absolute.getFileName());
    }

    private static FileChannel locked(Path file) throws IOException {
        while (true) {
            FileChannel channel = OwnerOnly.open(file);
            try {
                Object before = identity(file);
                channel.lock(0, Long.MAX_VALUE, true);
                // Else another process had locked the file first, and deleted it.
                if (before != null && before.equals(identity(file))) {
                    return channel;
                }
                channel.close();
            } catch (ClosedChannelException | FileLockInterruptionException interrupted) {
                channel.close();
                throw interrupted;
            } catch (IOException | OverlappingFileLockException e) {
                // A file system without locks, or a second path to a file that is held: nobody can get a lock to delete it either.
                return channel;
            }
        }
    }

    private static Object identity(Path file) throws IOException {
        try {
            BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return found.fileKey() == null ? file : found.fileKey();
        } catch (NoSuchFileException deleted) {
            return null;
        }
    }
}
