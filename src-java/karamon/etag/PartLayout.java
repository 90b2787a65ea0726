package karamon.etag;

import java.util.Arrays;
import java.util.List;

/**
 * How an object is split into parts. All parts but the last have one size, or each has its own.
 *
 * @param partSize bytes of each part but the last, at least 1; not used if {@code sizes} are given
 * @param multipartFrom objects of this many bytes or more are put in parts, and their ETags have a count; smaller ones are put
 *     in one piece. 0 puts all in parts
 * @param sizes bytes of each part; empty if all have {@code partSize}
 */
public record PartLayout(long partSize, long multipartFrom, List<Long> sizes) {
    private static final PartLayout WHOLE = new PartLayout(Long.MAX_VALUE, Long.MAX_VALUE, List.of());

    /**
     * Checks and copies.
     *
     * @throws IllegalArgumentException when a size is too small, or there are more than 10,000 sizes
     */
    public PartLayout {
        sizes = List.copyOf(sizes);
        if (partSize < 1) {
            throw new IllegalArgumentException("Expected a part size of at least 1 byte, found " + partSize);
        }
        if (multipartFrom < 0) {
            throw new IllegalArgumentException("Expected a threshold of at least 0 bytes, found " + multipartFrom);
        }
        if (sizes.size() > Limits.MAX_PARTS) {
            throw new IllegalArgumentException("Expected 1 to 10,000 parts, found " + sizes.size());
        }
        for (long size : sizes) {
            if (size < (sizes.size() == 1 ? 0 : 1)) {
                throw new IllegalArgumentException("Expected parts of at least 1 byte, found " + size);
            }
        }
    }

    /** Returns the layout of an object that is put in one piece: its ETag is its MD5. */
    public static PartLayout whole() {
        return WHOLE;
    }

    /**
     * Returns the layout of parts of one size. An object that isn't larger has one part.
     *
     * @param partSize bytes, at least 1
     * @return the layout
     */
    public static PartLayout parts(long partSize) {
        return new PartLayout(partSize, 0, List.of());
    }

    /**
     * Returns the layout of most clients: objects smaller than a part are put in one piece.
     *
     * @param partSize bytes, at least 1
     * @return the layout
     */
    public static PartLayout upload(long partSize) {
        return new PartLayout(partSize, partSize, List.of());
    }

    /**
     * Returns the layout of parts with individual sizes.
     *
     * @param sizes bytes of each, 1 to 10,000 of them
     * @return the layout
     * @throws IllegalArgumentException when there are none or too many, or one is less than 1 byte; but a single part may be
     *     empty
     */
    public static PartLayout of(List<Long> sizes) {
        if (sizes.isEmpty()) {
            throw new IllegalArgumentException("Expected 1 to 10,000 parts, found 0");
        }
        return new PartLayout(1, 0, sizes);
    }

    /**
     * Returns whether an object is put in parts, so that its ETag has a count.
     *
     * @param size bytes of the object
     * @return true or false
     */
    public boolean isMultipart(long size) {
        return size >= multipartFrom;
    }

    /**
     * Returns the sizes of an object's parts, in order; an empty object has one part of 0 bytes.
     *
     * @param size bytes of the object
     * @return bytes of each part
     * @throws IllegalArgumentException when the layout doesn't fit the size: the parts' sizes don't add up to it, or there are
     *     more than 10,000 parts
     */
    public long[] lengths(long size) {
        if (!sizes.isEmpty()) {
            return given(size);
        }
        if (!isMultipart(size) || size <= partSize) {
            return new long[] {size};
        }
        long count = (size - 1) / partSize + 1;
        if (count > Limits.MAX_PARTS) {
            throw new IllegalArgumentException(size + " bytes in parts of " + partSize + " are " + count
                    + " parts, but S3's limit is 10,000: use a part size of at least " + ((size - 1) / Limits.MAX_PARTS + 1));
        }
        long[] lengths = new long[(int) count];
        Arrays.fill(lengths, partSize);
        lengths[lengths.length - 1] = size - (count - 1) * partSize;
        return lengths;
    }

    /** Returns a layout without threshold that splits an object of a size like this one. */
    PartLayout resolved(long size) {
        return isMultipart(size) ? new PartLayout(partSize, 0, sizes) : WHOLE;
    }

    private long[] given(long size) {
        long[] lengths = sizes.stream().mapToLong(Long::longValue).toArray();
        long sum = Arrays.stream(lengths).sum();
        if (sum != size) {
            throw new IllegalArgumentException("The parts' sizes add up to " + sum + " bytes, but there are " + size);
        }
        return lengths;
    }
}
