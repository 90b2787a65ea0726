package karamon.etag;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Files that change while they are hashed, and their mappings. */
class HashedFileTest {
    // A choice as if lanes were measured to be faster from two parts on and never became slow.
    private static final Lanes.Choice LOOPS = new Lanes.Choice(LoopMd5::new, 64, 2, Double.MAX_VALUE);

    @TempDir
    private Path folder;

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private static ETagHasher hasher(int threads) {
        return new ETagHasher(threads, Set.of(), Watch.NONE, new Lanes(LOOPS, Preparation.LOOPS));
    }

    /** Hashes a file that an action changes after the first bytes are hashed. */
    private String message(Path file, Action action) {
        AtomicLong calls = new AtomicLong();
        Watch watch = new Watch(n -> {
            if (calls.getAndIncrement() == 0) {
                try {
                    action.on(file);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }
        }, () -> false);
        ETagHasher hasher = new ETagHasher(1, Set.of(), watch);
        return assertThrows(SourceChanged.class, () -> hasher.file(file, List.of(PartLayout.parts(1 << 20)))).getMessage();
    }

    private interface Action {
        void on(Path file) throws IOException;
    }

    @Test
    void aFileThatChangesWhileHashedIsAnError() throws IOException {
        Path file = folder.resolve("file");
        Files.write(file, random(4 << 20));
        assertEquals(file + " shrank from 4194304 to 100000 bytes while it was hashed", message(file, f -> {
            try (FileChannel channel = FileChannel.open(f, StandardOpenOption.WRITE)) {
                channel.truncate(100_000);
            }
        }));
        Files.write(file, random(4 << 20));
        assertEquals(file + " grew from 4194304 to 4194305 bytes while it was hashed",
                message(file, f -> Files.write(f, new byte[1], StandardOpenOption.APPEND)));
        Files.write(file, random(4 << 20));
        assertEquals(file + " was written to while it was hashed",
                message(file, f -> Files.setLastModifiedTime(f, FileTime.from(Instant.EPOCH))));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void allMappingsAreUnmapped() throws IOException {
        Path file = Files.write(folder.resolve("mapped"), random(1 << 20));
        List<PartLayout> layouts = List.of(PartLayout.parts(1 << 16), PartLayout.whole());
        AtomicLong seen = new AtomicLong();
        Watch whileHashing = new Watch(n -> seen.addAndGet(maps(file)), () -> false);
        new ETagHasher(1, Set.of(), whileHashing).file(file, layouts.subList(0, 1));
        assertEquals(15, seen.get(), "mapped except after the last of 16 parts");
        hasher(3).file(file, layouts);
        ETagHasher cancelled = new ETagHasher(2, Set.of(), new Watch(n -> {}, () -> true));
        assertThrows(CancellationException.class, () -> cancelled.file(file, layouts));
        assertEquals(0, maps(file));
    }

    private static long maps(Path file) {
        try {
            return Files.readString(Path.of("/proc/self/maps")).lines().filter(line -> line.endsWith(file.toString())).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
