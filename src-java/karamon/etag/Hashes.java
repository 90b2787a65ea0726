package karamon.etag;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What came out of hashing.
 *
 * @param size bytes that were hashed
 * @param layouts what came out for each layout, in the order they were asked for
 * @param checksums the checksums of the whole, in Base64 as S3 writes them; those that were asked for
 */
public record Hashes(long size, List<OfLayout> layouts, Map<Checksum, String> checksums) {
    /**
     * What came out for one layout.
     *
     * @param layout how the source was cut
     * @param etag the ETag
     * @param partSize bytes of the largest part
     * @param checksums the composite checksums, as S3 writes them: those that were asked for and that S3 keeps of an object
     *     in parts; none where the object is put whole
     */
    public record OfLayout(PartLayout layout, ETag etag, long partSize, Map<Checksum, String> checksums) {
        static OfLayout of(PartLayout layout, long size, long[] lengths, List<byte[]> md5s, Map<Checksum, String> checksums) {
            ETag etag = layout.isMultipart(size) ? ETag.ofParts(md5s) : ETag.of(md5s.get(0));
            return new OfLayout(layout, etag, Arrays.stream(lengths).max().orElseThrow(), checksums);
        }
    }
}
