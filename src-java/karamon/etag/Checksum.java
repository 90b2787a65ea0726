package karamon.etag;

import java.util.Base64;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/**
 * The checksums that S3 keeps in addition to an ETag ("Checking object integrity" in the S3 user guide). A full checksum is
 * computed from the object; a composite one from its parts' checksums, and is written with their count.
 */
public enum Checksum {
    /** CRC-32 as in zip files, 4 bytes. */
    CRC32,
    /** CRC-32 with Castagnoli's polynomial, 4 bytes. */
    CRC32C,
    /** CRC-64/NVME, 8 bytes; for multipart objects S3 keeps only the full one. */
    CRC64NVME,
    /** SHA-1, 20 bytes; for multipart objects S3 keeps only the composite one. */
    SHA1,
    /** SHA-256, 32 bytes; for multipart objects S3 keeps only the composite one. */
    SHA256;

    /** Returns a new, empty sum. */
    Sum sum() {
        return switch (this) {
            case CRC32 -> new CyclicSum(new CRC32(), Integer.BYTES);
            case CRC32C -> new CyclicSum(new CRC32C(), Integer.BYTES);
            case CRC64NVME -> new CyclicSum(new Crc64Nvme(), Long.BYTES);
            case SHA1 -> new DigestSum(Digests.named("SHA-1"));
            case SHA256 -> new DigestSum(Digests.named("SHA-256"));
        };
    }

    /** Returns whether S3 keeps composite sums of this kind. */
    boolean isComposite() {
        return this != CRC64NVME;
    }

    /** Formats a full sum as S3 does. */
    static String format(byte[] sum) {
        return Base64.getEncoder().encodeToString(sum);
    }

    /** Computes a composite sum and formats it as S3 does. */
    String composite(List<byte[]> sums) {
        Sum all = sum();
        for (byte[] sum : sums) {
            all.update(sum, 0, sum.length);
        }
        return format(all.finish()) + "-" + sums.size();
    }
}
