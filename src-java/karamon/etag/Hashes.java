package karamon.etag;

import java.util.List;
import java.util.Map;

/**
 * The results of hashing.
 *
 * @param size the number of bytes hashed
 * @param layouts the result for each layout, in the given order
 * @param checksums the requested full checksums, in Base64 like S3's
 */
public record Hashes(long size, List<OfLayout> layouts, Map<Checksum, String> checksums) {
    /**
     * The result for one layout.
     *
     * @param layout the layout
     * @param etag the ETag
     * @param partSize bytes of the largest part
     * @param checksums the requested composite checksums that S3 keeps, in S3's form; none if the object is put in one piece
     */
    public record OfLayout(PartLayout layout, ETag etag, long partSize, Map<Checksum, String> checksums) {
        static OfLayout of(PartLayout layout, long size, long[] lengths, List<byte[]> md5s, Map<Checksum, String> checksums) {
            ETag etag = layout.isMultipart(size) ? ETag.ofParts(md5s) : ETag.of(md5s.get(0));
            long max = 0;
            for (long length : lengths) {
                max = Math.max(max, length);
            }
            return new OfLayout(layout, etag, max, checksums);
        }
    }
}
