package karamon.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DraftTest {
    @TempDir
    Path folder;

    @BeforeEach
    void needsPosix() {
        assumeTrue(folder.getFileSystem().supportedFileAttributeViews().contains("posix"));
    }

    private List<String> names() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aFileReplacesItsTargetWithTheUsualPermissions() throws IOException {
        Path target = Files.writeString(folder.resolve("target"), "before");
        String usual = OwnerOnlyTest.mode(target);
        try (Draft draft = Draft.file(target)) {
            assertEquals("rw-------", OwnerOnlyTest.mode(draft.path()));
            assertEquals(folder, draft.path().getParent());
            Files.writeString(draft.path(), "after");
            assertEquals("before", Files.readString(target));
            draft.moveTo(target);
        }
        assertEquals("after", Files.readString(target));
        assertEquals(usual, OwnerOnlyTest.mode(target));
        assertEquals(List.of("target"), names());
    }

    @Test
    void aDeviceOrAPipeIsntReplaced() throws Exception {
        Path pipe = folder.resolve("pipe");
        assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0);
        Path link = Files.createSymbolicLink(folder.resolve("link"), pipe);
        Path draft = Files.writeString(folder.resolve("draft"), "x");
        for (Path target : List.of(pipe, link, Path.of("/dev/null"))) {
            assertThrows(IOException.class, () -> Draft.file(target).close());
            assertThrows(IOException.class, () -> Draft.publish(draft, target));
        }
        assertEquals(List.of("draft", "link", "pipe"), names());
    }

    @Test
    void aFolderAppearsWhole() throws IOException {
        Path target = folder.resolve("target");
        try (Draft draft = Draft.folder(target)) {
            assertEquals("rwx------", OwnerOnlyTest.mode(draft.path()));
            Files.writeString(draft.path().resolve("a"), "a");
            draft.moveTo(target);
        }
        assertEquals(List.of("target"), names());
        assertEquals("a", Files.readString(target.resolve("a")));
        assertEquals(OwnerOnlyTest.mode(Files.createDirectory(folder.resolve("usual"))), OwnerOnlyTest.mode(target));
    }

    @Test
    void whatWasNotMovedIsDeletedButNotWhatALinkInItNames() throws IOException {
        Path target = folder.resolve("target");
        Path precious = Files.createDirectory(folder.resolve("precious"));
        Files.writeString(precious.resolve("letter"), "dear");
        try (Draft draft = Draft.folder(target)) {
            Files.createSymbolicLink(draft.path().resolve("link"), precious);
        }
        try (Draft draft = Draft.file(target)) {
            assertNotEquals(target, draft.path());
        }
        assertEquals(List.of("precious"), names());
        assertEquals("dear", Files.readString(precious.resolve("letter")));
    }

    @Test
    void aLinkAtTheTargetIsReplacedNotFollowed() throws IOException {
        Path precious = Files.writeString(folder.resolve("precious"), "mine");
        Path target = Files.createSymbolicLink(folder.resolve("target"), precious);
        try (Draft draft = Draft.file(target)) {
            Files.writeString(draft.path(), "new");
            draft.moveTo(target);
        }
        assertFalse(Files.isSymbolicLink(target));
        assertEquals("mine", Files.readString(precious));
    }

    @Test
    void aTemporaryFolderIsForItsOwnerOnly() throws IOException {
        Path path;
        try (Draft draft = Draft.temporary()) {
            path = draft.path();
            assertEquals("rwx------", OwnerOnlyTest.mode(path));
            assertTrue(path.startsWith(Path.of(System.getProperty("java.io.tmpdir"))));
            Files.writeString(path.resolve("a"), "a");
        }
        assertFalse(Files.exists(path));
    }
}
