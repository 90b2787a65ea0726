package karamon.etag;

import java.util.ArrayList;
import java.util.List;

/** A sum of each part of bytes that come in order; how many will come needn't be known. */
final class PartSums {
    private final Sum sum;
    private final PartLayout layout;
    private final List<byte[]> parts = new ArrayList<>();
    private long inPart;

    /** @param layout has a threshold of no more than a part and a byte, so that what is put whole is one part here */
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
        // What is beyond the last is told when the end is there.
        return parts.size() < sizes.size() ? sizes.get(parts.size()) : Long.MAX_VALUE;
    }

    private void finish() {
        if (parts.size() == Limits.MAX_PARTS) {
            throw new IllegalArgumentException("There are more than 10,000 parts of " + layout.partSize()
                    + " bytes, and S3 takes no more: use a larger part size");
        }
        parts.add(sum.finish());
        inPart = 0;
    }

    /** Ends the last part and returns all. */
    List<byte[]> end() {
        if (inPart > 0 || parts.isEmpty()) {
            finish();
        }
        return parts;
    }
}
