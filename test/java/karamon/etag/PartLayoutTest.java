package karamon.etag;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PartLayoutTest {
    private static final long MIB = 1 << 20;
    private static final String MD5 = "9b2cf535f27731c974343645a3985328";

    @Test
    void partsAddUpToTheSize() {
        assertArrayEquals(new long[] {4, 4, 2}, PartLayout.parts(4).lengths(10));
        assertArrayEquals(new long[] {4, 4}, PartLayout.parts(4).lengths(8));
        assertArrayEquals(new long[] {3}, PartLayout.parts(4).lengths(3));
        assertArrayEquals(new long[] {0}, PartLayout.parts(4).lengths(0));
        assertArrayEquals(new long[] {10}, PartLayout.whole().lengths(10));
        assertArrayEquals(new long[] {5, 1, 4}, PartLayout.of(List.of(5L, 1L, 4L)).lengths(10));
        assertArrayEquals(new long[] {0}, PartLayout.of(List.of(0L)).lengths(0));
    }

    @Test
    void objectsSmallerThanAPartArePutInOnePiece() {
        assertFalse(PartLayout.upload(4).isMultipart(3));
        assertTrue(PartLayout.upload(4).isMultipart(4));
        assertTrue(PartLayout.parts(4).isMultipart(0));
        assertFalse(PartLayout.whole().isMultipart(Long.MAX_VALUE - 1));
    }

    @Test
    void errorsNameTheNumbers() {
        assertMessage("20001 bytes in parts of 2 are 10001 parts, but S3's limit is 10,000: use a part size of at least 3",
                () -> PartLayout.parts(2).lengths(20_001));
        assertEquals(10_000, PartLayout.parts(2).lengths(20_000).length);
        assertMessage("The parts' sizes add up to 3 bytes, but there are 4", () -> PartLayout.of(List.of(1L, 2L)).lengths(4));
        assertMessage("Expected a part size of at least 1 byte, found 0", () -> PartLayout.parts(0));
        assertMessage("Expected parts of at least 1 byte, found 0", () -> PartLayout.of(List.of(1L, 0L)));
        assertMessage("Expected 1 to 10,000 parts, found 0", () -> PartLayout.of(List.of()));
    }

    private static void assertMessage(String message, Runnable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }

    @Test
    void clientsUseAtMostTenThousandParts() {
        assertEquals(8 * MIB, UploadClient.AWS_CLI.partSize(80_000 * MIB));
        assertEquals(16 * MIB, UploadClient.AWS_CLI.partSize(80_000 * MIB + 1));
        assertEquals(8 * MIB + 1, UploadClient.SDK_JAVA_2.partSize(80_000 * MIB + 1));
        assertEquals(6 * MIB, UploadClient.RCLONE.partSize(50_000 * MIB + 1));
        assertEquals(32 * MIB, UploadClient.MINIO.partSize(160_000 * MIB + 1));
        assertEquals(5 * MIB + 1, UploadClient.SDK_GO.partSize(50_000 * MIB));
        assertEquals(17_179_870, UploadClient.CONSOLE.partSize(1_000_000_000));
        for (UploadClient client : UploadClient.values()) {
            for (long size : new long[] {0, 1, MIB, 80_000 * MIB, 5L << 40, 50_000_000_000_000L}) {
                assertTrue(client.layout(size).lengths(size).length <= Limits.MAX_PARTS, client + " " + size);
            }
        }
        assertFalse(UploadClient.RCLONE.layout(100 * MIB).isMultipart(100 * MIB));
    }

    @Test
    void thePartSizesThatFitGiveTheCountOfParts() {
        Random random = new Random(7);
        for (int i = 0; i < 2000; i++) {
            int parts = 1 + random.nextInt(40);
            long size = random.nextInt(400);
            PartSizes fitting = PartSizes.fitting(size, parts);
            for (long partSize = 1; partSize < 410; partSize++) {
                boolean fits = PartLayout.parts(partSize).lengths(size).length == parts;
                assertEquals(fits, fitting != null && fitting.min() <= partSize && partSize <= fitting.max(),
                        size + " bytes, " + parts + " parts of " + partSize);
            }
        }
    }

    @Test
    void likelyPartSizesBeginWithThoseOfClients() {
        ETag etag = new ETag(MD5 + "-380");
        assertEquals(new PartSizes(15_710_527, 15_751_978), PartSizes.fitting(5_970_000_000L, 380));
        assertEquals(15 * MIB, PartSizes.likely(etag, 5_970_000_000L, 16).get(0).partSize());
        assertEquals(8 * MIB, PartSizes.likely(new ETag(MD5 + "-2"), 9 * MIB, 16).get(0).partSize());
        assertEquals(17_179_870, PartSizes.likely(new ETag(MD5 + "-2"), 20_000_000, 1).get(0).partSize());
        assertTrue(PartSizes.likely(new ETag(MD5 + "-2"), 150 * MIB, 200).contains(PartLayout.parts(100 * MIB)));
        assertEquals(16, PartSizes.likely(new ETag(MD5 + "-2"), 1000 * MIB, 16).size());
        assertEquals(List.of(PartLayout.whole()), PartSizes.likely(new ETag(MD5), 5, 16));
        assertEquals(List.of(), PartSizes.likely(new ETag(MD5 + "-9"), 5, 16));
        assertNull(PartSizes.fitting(5, 9));
    }
}
