package karamon.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnerOnlyTest {
    private static final int ANOTHER_USER = 54321;

    @TempDir
    Path folder;

    @BeforeEach
    void needsUnix() {
        assumeTrue(folder.getFileSystem().supportedFileAttributeViews().contains("unix"));
    }

    static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private static void chmod(Path path, int mode) throws IOException {
        Files.setAttribute(path, "unix:mode", mode);
    }

    private static boolean isRoot(Path path) throws IOException {
        return Files.getAttribute(path, "unix:uid").equals(0);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    private static String refusal(Path file) {
        return assertThrows(IOException.class, () -> OwnerOnly.open(file).close()).getMessage();
    }

    private static String folderRefusal(Path folder) {
        return assertThrows(IOException.class, () -> OwnerOnly.folder(folder)).getMessage();
    }

    @Test
    void aNewFileIsReadableByItsOwnerOnlyAndOpenedAgain() throws IOException {
        Path file = folder.resolve("file");
        try (FileChannel channel = OwnerOnly.open(file)) {
            channel.write(ByteBuffer.wrap(new byte[3]));
        }
        assertEquals("rw-------", mode(file));
        try (FileChannel channel = OwnerOnly.open(file)) {
            assertEquals(3, channel.size());
        }
        assertEquals(List.of("file"), names());
        assertThrows(FileAlreadyExistsException.class, () -> OwnerOnly.create(file));
    }

    @Test
    void aPlantedLinkIsNeitherFollowedNorReplaced() throws IOException {
        Path precious = Files.writeString(folder.resolve("precious"), "mine");
        Path link = Files.createSymbolicLink(folder.resolve("link"), precious);
        Path dangling = Files.createSymbolicLink(folder.resolve("dangling"), folder.resolve("nowhere"));
        Path second = Files.createLink(folder.resolve("second"), precious);
        assertEquals(link + " is a link, or something else than a file: delete it", refusal(link));
        assertEquals(dangling + " is a link, or something else than a file: delete it", refusal(dangling));
        assertEquals(second + " has a second name, another hard link: delete it", refusal(second));
        assertThrows(FileAlreadyExistsException.class, () -> OwnerOnly.create(dangling));
        assertEquals("mine", Files.readString(precious));
        assertFalse(Files.exists(folder.resolve("nowhere")));
    }

    @Test
    void anotherUsersFileOrFolderIsRefused() throws IOException {
        assumeTrue(isRoot(folder), "only root can give files away");
        Path file = Files.createFile(folder.resolve("file"));
        Files.setAttribute(file, "unix:uid", ANOTHER_USER);
        assertEquals(file + " belongs to another user: delete it", refusal(file));
        Path theirs = Files.createDirectory(folder.resolve("theirs"));
        Files.setAttribute(theirs, "unix:uid", ANOTHER_USER);
        assertEquals(theirs + " belongs to another user: delete it, or name another folder", folderRefusal(theirs));
    }

    @Test
    void aNewFolderIsForItsOwnerOnly() throws IOException {
        Path deep = folder.resolve("a/b");
        assertEquals(deep, OwnerOnly.folder(deep));
        assertEquals("rwx------", mode(deep));
        assertEquals("rwx------", mode(deep.getParent()));
        OwnerOnly.folder(deep);
    }

    @Test
    void aFolderThatOthersMayWriteToIsRefused() throws IOException {
        Path open = Files.createDirectory(folder.resolve("open"));
        for (int mode : new int[] {0777, 0770, 0702}) {
            chmod(open, mode);
            assertEquals(open + " can be written to by other users: chmod go-w it, or name a folder that doesn't exist", folderRefusal(open));
        }
        // As in /tmp, nobody can rename what others have made there.
        chmod(open, 01777);
        OwnerOnly.folder(open);
        chmod(open, 0755);
        OwnerOnly.folder(open);
    }

    @Test
    void aLinkOrAFileIsNoFolder() throws IOException {
        Path mine = Files.createDirectory(folder.resolve("mine"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), mine);
        Path file = Files.createFile(folder.resolve("file"));
        for (Path path : new Path[] {link, file}) {
            assertEquals(path + " is a link, or something else than a folder: delete it, or name another folder", folderRefusal(path));
        }
        assertTrue(Files.isSymbolicLink(link));
    }
}
