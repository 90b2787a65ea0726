package karamon.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;

/**
 * Files and folders with permissions for their owner only. Doesn't trust a file or folder that another user may have planted: in a
 * folder for temporary files, anybody can make a link with a name that is known in advance. Where the file system has no owners and
 * permissions as on Unix, only links are refused.
 */
public final class OwnerOnly {
    private static final Set<OpenOption> NEW =
            Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW, LinkOption.NOFOLLOW_LINKS);
    private static final Set<OpenOption> EXISTING =
            Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
    private static final int WRITABLE_BY_OTHERS = 022;
    private static final int STICKY = 01000;

    private OwnerOnly() {}

    /**
     * Opens a file for reading and writing, and creates it if it is missing. Never follows a link.
     *
     * @throws IOException also if the existing file is a link, has a second name, or belongs to another user
     */
    public static FileChannel open(Path file) throws IOException {
        while (true) {
            try {
                return FileChannel.open(file, NEW, attributes(file, "rw-------"));
            } catch (FileAlreadyExistsException there) {
                try {
                    checkFile(file);
                    return FileChannel.open(file, EXISTING);
                } catch (NoSuchFileException deleted) {
                    // Meanwhile: now it can be created.
                }
            }
        }
    }

    /** Creates a file; throws FileAlreadyExistsException if anything has that name, such as a link. */
    public static void create(Path file) throws IOException {
        FileChannel.open(file, NEW, attributes(file, "rw-------")).close();
    }

    /** Creates a folder; throws FileAlreadyExistsException if anything has that name. */
    public static void createFolder(Path folder) throws IOException {
        Files.createDirectory(folder, attributes(folder, "rwx------"));
    }

    /**
     * Creates a folder, and those above it that are missing, unless it exists.
     *
     * @return the folder
     * @throws IOException also if the existing one is a link, if its owner is neither this user nor root, or if other users may
     *     write to it and rename what is in it: then its content may be theirs
     */
    public static Path folder(Path folder) throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            try {
                Files.createDirectories(folder, attributes(folder, "rwx------"));
            } catch (FileAlreadyExistsException meanwhile) {
                // Checked like any other.
            }
        }
        checkFolder(folder);
        return folder;
    }

    private static void checkFile(Path file) throws IOException {
        if (!Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).isRegularFile()) {
            throw new IOException(file + " is a link, or something else than a file: delete it");
        }
        if (isUnix(file)) {
            Map<String, Object> found = unix(file);
            if ((int) found.get("nlink") > 1) {
                throw new IOException(file + " has a second name, another hard link: delete it");
            }
            if (!found.get("uid").equals(user(file.toAbsolutePath().getParent()))) {
                throw new IOException(file + " belongs to another user: delete it");
            }
        }
    }

    private static void checkFolder(Path folder) throws IOException {
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException(folder + " is a link, or something else than a folder: delete it, or name another folder");
        }
        if (isUnix(folder)) {
            Map<String, Object> found = unix(folder);
            int mode = (int) found.get("mode");
            if ((mode & WRITABLE_BY_OTHERS) != 0 && (mode & STICKY) == 0) {
                throw new IOException(folder + " can be written to by other users: chmod go-w it, or name a folder that doesn't exist");
            }
            if ((int) found.get("uid") != 0 && !found.get("uid").equals(user(folder))) {
                throw new IOException(folder + " belongs to another user: delete it, or name another folder");
            }
        }
    }

    /** Returns the owner of the files that this process makes in a folder, which may be others than elsewhere, as on NFS. */
    private static Object user(Path folder) throws IOException {
        Path file = Draft.beside(folder.resolve("owner"));
        create(file);
        try {
            return unix(file).get("uid");
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private static Map<String, Object> unix(Path path) throws IOException {
        return Files.readAttributes(path, "unix:uid,mode,nlink", LinkOption.NOFOLLOW_LINKS);
    }

    private static boolean isUnix(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("unix");
    }

    private static FileAttribute<?>[] attributes(Path path, String permissions) {
        return isUnix(path)
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))}
                : new FileAttribute<?>[0];
    }
}
