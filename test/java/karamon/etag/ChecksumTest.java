package karamon.etag;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChecksumTest {
    private static final byte[] DIGITS = "123456789".getBytes(StandardCharsets.US_ASCII);

    private static String hex(Checksum checksum, byte[] bytes) {
        Sum sum = checksum.sum();
        sum.update(bytes, 0, bytes.length);
        return HexFormat.of().formatHex(sum.finish());
    }

    // The check values in the catalogue of parametrised CRC algorithms (reveng); those of SHA are from coreutils.
    @Test
    void checkValuesMatchTheCatalogue() {
        assertEquals("cbf43926", hex(Checksum.CRC32, DIGITS));
        assertEquals("e3069283", hex(Checksum.CRC32C, DIGITS));
        assertEquals("ae8b14860a799888", hex(Checksum.CRC64NVME, DIGITS));
        assertEquals("f7c3bc1d808e04732adf679965ccc34ca7ae3441", hex(Checksum.SHA1, DIGITS));
        assertEquals("15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225", hex(Checksum.SHA256, DIGITS));
    }

    @Test
    void eightBytesPerStepGiveTheSameAsSingleBytes() {
        byte[] bytes = new byte[1000];
        new Random(1).nextBytes(bytes);
        for (int length = 0; length < 100; length++) {
            Crc64Nvme fast = new Crc64Nvme();
            Crc64Nvme slow = new Crc64Nvme();
            fast.update(bytes, length, length * 3);
            for (int i = 0; i < length * 3; i++) {
                slow.update(bytes[length + i]);
            }
            assertEquals(slow.getValue(), fast.getValue());
        }
    }

    @Test
    void finishingASumResetsIt() {
        for (Checksum checksum : Checksum.values()) {
            Sum sum = checksum.sum();
            sum.update(DIGITS, 0, 5);
            sum.finish();
            sum.update(DIGITS, 0, 9);
            assertEquals(hex(checksum, DIGITS), HexFormat.of().formatHex(sum.finish()));
        }
    }

    @Test
    void aCompositeSumIsTheSumOfSumsWithTheirCount() {
        byte[] sums = HexFormat.of().parseHex("cbf43926cbf43926");
        byte[] one = HexFormat.of().parseHex("cbf43926");
        Sum all = Checksum.CRC32.sum();
        all.update(sums, 0, sums.length);
        assertEquals(Checksum.format(all.finish()) + "-2", Checksum.CRC32.composite(List.of(one, one)));
        assertEquals("y/Q5Jg==", Checksum.format(one));
    }
}
