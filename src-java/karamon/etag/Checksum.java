package karamon.etag;

import java.util.Base64;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/**
 * The checksums that S3 keeps beside an ETag ("Checking object integrity" in the S3 user guide). A full one is over the
 * object; a composite one is over its parts' checksums, and is written with their count.
 */
public enum Checksum {
    /** CRC-32 as in zip files, 4 bytes. */
    CRC32,
    /** CRC-32 with Castagnoli's polynomial, 4 bytes. */
    CRC32C,
    /** CRC-64/NVME, 8 bytes; of multipart objects S3 keeps the full one only. */
    CRC64NVME,
    /** SHA-1, 20 bytes; of multipart objects S3 keeps the composite one only. */
    SHA1,
    /** SHA-256, 32 bytes; of multipart objects S3 keeps the composite one only. */
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

    /** Whether S3 keeps a composite sum of this kind. */
    boolean isComposite() {
        return this != CRC64NVME;
    }

    /** Returns a full sum as S3 writes it. */
    static String written(byte[] sum) {
        return Base64.getEncoder().encodeToString(sum);
    }

    /** Returns a composite sum as S3 writes it. */
    String composite(List<byte[]> sums) {
        Sum all = sum();
        for (byte[] sum : sums) {
            all.update(sum, 0, sum.length);
        }
        return written(all.finish()) + "-" + sums.size();
    }
}
