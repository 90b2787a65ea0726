package karamon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.function.Predicate;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;

/** Checks the contents of the library jar. test/it/library tests that it works as a dependency. */
class LibraryJarIT {
    private final List<String> files;

    LibraryJarIT() throws IOException {
        try (ZipFile jar = new ZipFile(System.getProperty("karamon.library"))) {
            files = jar.stream().filter(entry -> !entry.isDirectory()).map(ZipEntry::getName).toList();
        }
    }

    private void assertNone(Predicate<String> unwanted) {
        assertEquals(List.of(), files.stream().filter(unwanted).toList());
    }

    @Test
    void itHasClojureOnlyAsSource() {
        assertTrue(files.contains("karamon/gateway.clj"));
        assertTrue(files.contains("karamon/local.clj"));
        assertNone(file -> file.endsWith("__init.class"));
        assertNone(file -> file.matches("karamon/(gateway|local|response|context)[$].*"));
    }

    @Test
    void itHasOnlyKaramon() {
        assertNone(file -> !file.startsWith("karamon/") && !file.startsWith("META-INF/"));
        assertNone(file -> file.endsWith(".jar"));
    }

    @Test
    void itHasNoTests() {
        assertNone(file -> file.matches(".*(_test|test_runner)[.]cljc?") || file.matches(".*(Test|IT)([$].*)?[.]class"));
    }
}
