package karamon;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** Unpacks each zip once per JVM, into a temporary folder that is deleted when the JVM ends. */
final class UnpackedOnce {
    private static final Map<Path, Path> FOLDERS = new ConcurrentHashMap<>();

    private UnpackedOnce() {}

    /** Returns the folder that holds a zip's files, with the times of its entries. */
    static Path of(Path zip) {
        return FOLDERS.computeIfAbsent(zip, UnpackedOnce::unpack);
    }

    private static Path unpack(Path path) {
        try (ZipFile zip = new ZipFile(path.toFile())) {
            Path folder = Files.createTempDirectory("karamon-package");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
            for (ZipEntry entry : zip.stream().filter(entry -> !entry.isDirectory()).toList()) {
                Path file = folder.resolve(entry.getName());
                Files.createDirectories(file.getParent());
                try (var in = zip.getInputStream(entry)) {
                    Files.copy(in, file);
                }
                Files.setLastModifiedTime(file, entry.getLastModifiedTime());
            }
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
