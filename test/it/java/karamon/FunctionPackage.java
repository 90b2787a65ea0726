package karamon;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;

/** A function package. */
record FunctionPackage(Path path) {

    /** Returns the package that the build made of the example. */
    static FunctionPackage ofTheExample() {
        return new FunctionPackage(Path.of(System.getProperty("karamon.function")));
    }

    /** Returns the names of its files. */
    List<String> files() throws IOException {
        try (ZipFile zip = new ZipFile(path.toFile())) {
            return zip.stream().filter(entry -> !entry.isDirectory()).map(ZipEntry::getName).toList();
        }
    }

    /** Returns the names of the files in its lib/function.jar: the project's own. */
    List<String> own() throws IOException {
        return entries("lib/function.jar").stream().map(ZipEntry::getName).toList();
    }

    /** Returns the names of the jars in it, without their versions. */
    List<String> jars() throws IOException {
        return files().stream()
                .filter(file -> file.startsWith("lib/"))
                .map(file -> file.substring("lib/".length()).replaceFirst("-\\d.*", ""))
                .sorted()
                .toList();
    }

    /** Returns the entries of one of its jars, given the jar's name without version. */
    List<ZipEntry> entriesOf(String jar) throws IOException {
        String pattern = "lib/" + jar + "-\\d.*";
        return entries(files().stream().filter(file -> file.matches(pattern)).findFirst().orElseThrow());
    }

    private List<ZipEntry> entries(String name) throws IOException {
        List<ZipEntry> entries = new ArrayList<>();
        try (ZipFile zip = new ZipFile(path.toFile()); ZipInputStream in = new ZipInputStream(zip.getInputStream(zip.getEntry(name)))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                entries.add(entry);
            }
        }
        return entries;
    }

    /**
     * Unpacks its files into a folder as Lambda does, with the times of its entries, which Clojure compares. If the file system
     * has links, the files are links to those of a shared folder. So don't write to them, but delete them or add others.
     */
    void unpack(Path folder) throws IOException {
        Path unpacked = UnpackedOnce.of(path);
        for (String name : files()) {
            Path file = folder.resolve(name);
            Files.createDirectories(file.getParent());
            try {
                Files.createLink(file, unpacked.resolve(name));
            } catch (UnsupportedOperationException | FileSystemException e) {
                Files.copy(unpacked.resolve(name), file, StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }
}
