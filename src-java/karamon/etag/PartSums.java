package karamon.etag;

import java.util.ArrayList;
import java.util.List;

/** A sum for each part of a sequence of bytes of unknown length. */
final class PartSums {
    private final Sum sum;
    private final PartLayout layout;
    private final List<byte[]> parts = new ArrayList<>();
    private long inPart;

    /** @param layout its threshold is at most a part and a byte, so that objects put in one piece are one part here */
    PartSums(Sum sum, PartLayout layout) {
        this.sum = sum;
        this.layout = layout;
    }

    void update(byte[] bytes, int length) {
        for (int at = 0; at < length; ) {
            if (inPart == partSize()) {
                finish();
            }
            int n = (int) Math.min(length - at, partSize() - inPart);
            sum.update(bytes, at, n);
            inPart += n;
            at += n;
        }
    }

    private long partSize() {
        List<Long> sizes = layout.sizes();
        if (sizes.isEmpty()) {
            return layout.partSize();
        }
        // Bytes beyond the last part are reported at the end.
        return parts.size() < sizes.size() ? sizes.get(parts.size()) : Long.MAX_VALUE;
    }

    private void finish() {
        if (parts.size() == Limits.MAX_PARTS) {
            throw new IllegalArgumentException("There are more than 10,000 parts of " + layout.partSize()
                    + " bytes, but S3's limit is 10,000: use a larger part size");
        }
        parts.add(sum.finish());
        inPart = 0;
    }

    /** Ends the last part and returns the sums of all. */
    List<byte[]> end() {
        if (inPart > 0 || parts.isEmpty()) {
            finish();
        }
        return parts;
    }
}
