package karamon.file;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Unfinished files and folders of this process. They are deleted when the JVM ends, also by SIGINT or SIGTERM; not when it is killed.
 * Threads may share it.
 */
public final class Leftovers {
    private static final int ATTEMPTS = 3;
    private static final Set<Path> PATHS = new LinkedHashSet<>();
    private static boolean ended;

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(Leftovers::deleteAll, "karamon-leftovers"));
    }

    private Leftovers() {}

    /**
     * Deletes a file or folder at the JVM's end, unless {@link #keep} is called before that.
     *
     * @param path may not exist yet
     * @throws IllegalStateException if the JVM is ending
     */
    public static void add(Path path) {
        synchronized (PATHS) {
            if (ended) {
                throw new IllegalStateException("The process is ending: " + path + " isn't written any more");
            }
            PATHS.add(path);
        }
    }

    /** Reverses {@link #add}. */
    public static void keep(Path path) {
        synchronized (PATHS) {
            PATHS.remove(path);
        }
    }

    /** Deletes a file, or a folder with its content, now. Does nothing if it is missing. Never follows a link. */
    public static void delete(Path path) throws IOException {
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            Files.walkFileTree(path, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path folder, IOException e) throws IOException {
                    if (e != null) {
                        throw e;
                    }
                    Files.deleteIfExists(folder);
                    return FileVisitResult.CONTINUE;
                }
            });
        }
        keep(path);
    }

    private static void deleteAll() {
        List<Path> paths;
        synchronized (PATHS) {
            ended = true;
            paths = List.copyOf(PATHS);
        }
        for (Path path : paths) {
            try {
                deleteWhileWritten(path);
            } catch (IOException e) {
                System.err.println("karamon: " + path + " couldn't be deleted: " + e.getMessage());
            }
        }
    }

    /** Other threads run until the JVM has ended, and may add a file to a folder meanwhile. */
    private static void deleteWhileWritten(Path path) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                delete(path);
                return;
            } catch (DirectoryNotEmptyException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }
}
