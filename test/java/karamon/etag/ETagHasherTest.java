package karamon.etag;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ETagHasherTest {
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

    /** Computes an ETag of parts with only the JDK. */
    private static ETag ofLengths(byte[] bytes, int... lengths) {
        List<byte[]> digests = new ArrayList<>();
        int at = 0;
        for (int length : lengths) {
            MessageDigest md5 = Digests.md5();
            md5.update(bytes, at, length);
            digests.add(md5.digest());
            at += length;
        }
        return ETag.ofParts(digests);
    }

    private static ETag expected(byte[] bytes, int partSize) {
        int[] lengths = new int[Math.max(1, (bytes.length + partSize - 1) / partSize)];
        Arrays.fill(lengths, partSize);
        lengths[lengths.length - 1] = bytes.length - (lengths.length - 1) * partSize;
        return ofLengths(bytes, lengths);
    }

    private static List<ETag> etags(Hashes hashes) {
        return hashes.layouts().stream().map(Hashes.OfLayout::etag).toList();
    }

    @Test
    void aThousandSizesAndPartSizesAgreeWithTheJdkInLanes() {
        byte[] bytes = random(400_000);
        Random random = new Random(2);
        for (int i = 0; i < 1000; i++) {
            byte[] some = Arrays.copyOf(bytes, random.nextInt(i % 10 == 0 ? bytes.length : 20_000));
            int partSize = Math.max(1 + random.nextInt(30_000), some.length / 5000 + 1);
            Hashes hashes = hasher(1 + i % 3).bytes(some, List.of(PartLayout.parts(partSize)));
            assertEquals(List.of(expected(some, partSize)), etags(hashes), some.length + " bytes in parts of " + partSize);
        }
    }

    @Test
    void severalLayoutsAreHashedTogether() throws IOException {
        byte[] bytes = random(300_000);
        Path file = Files.write(folder.resolve("file"), bytes);
        List<PartLayout> layouts = List.of(PartLayout.parts(70_000), PartLayout.parts(1000), PartLayout.of(List.of(100_000L, 1L, 199_999L)),
                PartLayout.parts(16_384), PartLayout.upload(300_001), PartLayout.upload(300_000), PartLayout.whole());
        List<ETag> expected = List.of(expected(bytes, 70_000), expected(bytes, 1000), ofLengths(bytes, 100_000, 1, 199_999),
                expected(bytes, 16_384), whole(bytes), expected(bytes, 300_000), whole(bytes));
        for (int threads = 1; threads < 4; threads++) {
            Hashes hashes = hasher(threads).file(file, layouts);
            assertEquals(expected, etags(hashes));
            assertEquals(300_000, hashes.size());
            assertEquals(expected, etags(hasher(threads).bytes(bytes, layouts)));
            assertEquals(expected, etags(hasher(threads).stream(new ByteArrayInputStream(bytes), layouts)));
            assertEquals(expected, etags(new ETagHasher(threads, EnumSet.of(Checksum.CRC32), Watch.NONE).file(file, layouts)));
        }
    }

    private static ETag whole(byte[] bytes) {
        return ETag.of(Digests.md5().digest(bytes));
    }

    @Test
    void checksumsAreComputedInTheSamePass() throws IOException {
        byte[] bytes = random(2_500_000);
        Path file = Files.write(folder.resolve("file"), bytes);
        ETagHasher hasher = new ETagHasher(2, EnumSet.allOf(Checksum.class), Watch.NONE);
        List<PartLayout> layouts = List.of(PartLayout.parts(1_000_000), PartLayout.whole());
        Hashes hashes = hasher.file(file, layouts);
        assertEquals(hashes, hasher.stream(new ByteArrayInputStream(bytes), layouts));
        for (Checksum checksum : Checksum.values()) {
            Sum sum = checksum.sum();
            sum.update(bytes, 0, bytes.length);
            assertEquals(Checksum.format(sum.finish()), hashes.checksums().get(checksum));
            List<byte[]> parts = new ArrayList<>();
            for (int at = 0; at < bytes.length; at += 1_000_000) {
                sum.update(bytes, at, Math.min(1_000_000, bytes.length - at));
                parts.add(sum.finish());
            }
            assertEquals(checksum == Checksum.CRC64NVME ? null : checksum.composite(parts), hashes.layouts().get(0).checksums().get(checksum));
        }
        assertTrue(hashes.layouts().get(1).checksums().isEmpty());
    }

    @Test
    void anEmptySourceHasOnePart() throws IOException {
        List<PartLayout> layouts = List.of(PartLayout.parts(5), PartLayout.whole());
        List<ETag> expected = List.of(ofLengths(new byte[0], 0), whole(new byte[0]));
        assertEquals(expected, etags(hasher(2).bytes(new byte[0], layouts)));
        assertEquals(expected, etags(hasher(2).stream(InputStream.nullInputStream(), layouts)));
        assertEquals(expected, etags(hasher(2).file(Files.createFile(folder.resolve("empty")), layouts)));
    }

    @Test
    void progressAddsUpAndCancellingStopsHashing() {
        byte[] bytes = random(1_000_000);
        AtomicLong done = new AtomicLong();
        List<PartLayout> layouts = List.of(PartLayout.parts(10_000), PartLayout.whole());
        new ETagHasher(3, Set.of(), new Watch(done::addAndGet, () -> false), new Lanes(LOOPS, Preparation.LOOPS)).bytes(bytes, layouts);
        assertEquals(2_000_000, done.get());
        for (Set<Checksum> checksums : List.of(Set.<Checksum>of(), Set.of(Checksum.SHA1))) {
            ETagHasher cancelled = new ETagHasher(3, checksums, new Watch(n -> {}, () -> true));
            assertThrows(CancellationException.class, () -> cancelled.bytes(bytes, layouts));
        }
    }

    @Test
    void aFailureOfOneThreadStopsAll() {
        IllegalStateException failure = new IllegalStateException("no");
        Watch watch = new Watch(n -> {
            throw failure;
        }, () -> false);
        ETagHasher hasher = new ETagHasher(3, Set.of(), watch);
        assertSame(failure, assertThrows(IllegalStateException.class, () -> hasher.bytes(random(1 << 20), List.of(PartLayout.parts(1000)))));
    }

    @Test
    void aLayoutThatDoesNotFitIsRefused() {
        byte[] bytes = new byte[20_001];
        assertThrows(IllegalArgumentException.class, () -> hasher(1).bytes(bytes, List.of(PartLayout.parts(2))));
        assertThrows(IllegalArgumentException.class, () -> hasher(1).bytes(bytes, List.of()));
        for (int threads = 1; threads < 3; threads++) {
            ETagHasher hasher = hasher(threads);
            for (PartLayout layout : List.of(PartLayout.parts(2), PartLayout.of(List.of(1L)), UploadClient.RCLONE.layout(1))) {
                assertThrows(IllegalArgumentException.class, () -> hasher.stream(new ByteArrayInputStream(bytes), List.of(layout)));
            }
        }
        assertThrows(IllegalArgumentException.class, () -> hasher(0));
    }

    @Test
    void aStreamOfOnePartGetsAPlainETagIfItsClientPutsItInOnePiece() throws IOException {
        PartLayout layout = UploadClient.S3CMD.layout(0);
        for (int size : new int[] {15 << 20, (15 << 20) + 1}) {
            byte[] bytes = random(size);
            ETag expected = size == 15 << 20 ? whole(bytes) : expected(bytes, 15 << 20);
            assertEquals(List.of(expected), etags(hasher(2).stream(new ByteArrayInputStream(bytes), List.of(layout))));
            assertEquals(List.of(expected), etags(hasher(2).bytes(bytes, List.of(layout))));
        }
    }

    @Test
    void aPipeIsReadAsAStream() throws IOException {
        assertFalse(Files.isRegularFile(Path.of("/dev/null")));
        assertEquals(List.of(whole(new byte[0])), etags(hasher(2).file(Path.of("/dev/null"), List.of(PartLayout.whole()))));
    }
}
