package karamon.file;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import java.util.UUID;

/**
 * A new file or folder that is written next to a target and then moved there, so that the target is complete or unchanged. Until
 * then it has a name that nobody knows in advance, and permissions for its owner only. It is deleted when it is closed before it was
 * moved, and when the JVM ends.
 */
public final class Draft implements Closeable {
    private final Path path;

    private Draft(Path path) {
        this.path = path;
    }

    /** Returns a new, empty file in the folder of {@code target}. */
    public static Draft file(Path target) throws IOException {
        Draft draft = registered(target);
        OwnerOnly.create(draft.path);
        return draft;
    }

    /** Returns a new folder in the folder of {@code target}. */
    public static Draft folder(Path target) throws IOException {
        Draft draft = registered(target);
        OwnerOnly.createFolder(draft.path);
        return draft;
    }

    /** Returns a new folder for temporary files. */
    public static Draft temporary() throws IOException {
        return folder(Path.of(System.getProperty("java.io.tmpdir"), "karamon"));
    }

    private static Draft registered(Path target) throws IOException {
        expectReplaceable(target);
        Path path = beside(target);
        Leftovers.add(path);
        return new Draft(path);
    }

    /**
     * Checks that a file or folder may replace what is at {@code target}. Else the superuser would replace a device, such as
     * {@code /dev/null}, for all programs.
     *
     * @throws IOException if it is a device, a pipe or the like, or a link to one
     */
    public static void expectReplaceable(Path target) throws IOException {
        if (Files.exists(target) && !Files.isRegularFile(target) && !Files.isDirectory(target)) {
            throw new IOException(target + " is a device or a pipe, and can't be replaced: name a file");
        }
    }

    /** Returns an unused hidden name in the folder of {@code target}. */
    public static Path beside(Path target) {
        Path absolute = target.toAbsolutePath();
        return absolute.resolveSibling("." + absolute.getFileName() + "." + UUID.randomUUID());
    }

    /** Returns its path, absolute. */
    public Path path() {
        return path;
    }

    /** Moves it to {@code target}, in the same folder, as {@link #publish} does. */
    public void moveTo(Path target) throws IOException {
        publish(path, target);
        Leftovers.keep(path);
    }

    /** Deletes it, with its content, unless it was moved. */
    @Override
    public void close() throws IOException {
        Leftovers.delete(path);
    }

    /**
     * Moves a file or folder to {@code target} atomically, with the permissions that new ones have there. Replaces a file, or an empty
     * folder.
     */
    public static void publish(Path path, Path target) throws IOException {
        expectReplaceable(target);
        if (path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Set<PosixFilePermission> usual = usualPermissions(target, Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS));
            // On some file systems, such as FAT, all files have the same, which can't be changed.
            if (!usual.equals(Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS))) {
                Files.setPosixFilePermissions(path, usual);
            }
        }
        Files.move(path, target, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Returns the permissions of new files or folders next to {@code target}: only a new one shows the process's umask. */
    private static Set<PosixFilePermission> usualPermissions(Path target, boolean folder) throws IOException {
        Path path = beside(target);
        if (folder) {
            Files.createDirectory(path);
        } else {
            Files.createFile(path);
        }
        try {
            return Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS);
        } finally {
            Files.deleteIfExists(path);
        }
    }
}
