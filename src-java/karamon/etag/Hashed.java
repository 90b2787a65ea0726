package karamon.etag;

import java.util.Map;

/**
 * The result for one file of the command line.
 *
 * @param found the ETag and its layout; null if no likely layout gives the wanted one
 * @param size bytes, or -1 if nothing says
 * @param checksums of the whole file; null if none are computed
 * @param matches whether the ETag is the wanted one; null if none is
 */
record Hashed(Hashes.OfLayout found, long size, Map<Checksum, String> checksums, Boolean matches) {
    String json(String file) {
        JsonLine line = new JsonLine().put("file", file);
        if (found != null) {
            line.put("etag", found.etag().text());
        }
        if (size >= 0) {
            line.put("size", size);
        }
        if (found != null) {
            if (found.etag().parts() > 0) {
                line.put("parts", found.etag().parts());
            }
            line.put("partSize", found.partSize());
        }
        if (checksums != null && !checksums.isEmpty()) {
            line.put("checksums", checksums);
        }
        if (found != null && !found.checksums().isEmpty()) {
            line.put("partChecksums", found.checksums());
        }
        if (matches != null) {
            line.put("matches", matches);
        }
        return line.end();
    }
}
