package karamon.etag;

import java.util.Arrays;
import java.util.List;

/**
 * How an object is cut into parts. All parts but the last are of one size, or each has its own.
 *
 * @param partSize bytes of each part but the last, at least 1; not used where {@code sizes} are given
 * @param multipartFrom bytes from which on an object is put in parts, and its ETag has a count; smaller ones are put whole.
 *     0 is always
 * @param sizes bytes of each part; empty where all have {@code partSize}
 */
public record PartLayout(long partSize, long multipartFrom, List<Long> sizes) {
    private static final PartLayout WHOLE = new PartLayout(Long.MAX_VALUE, Long.MAX_VALUE, List.of());

    /**
     * Checks and copies.
     *
     * @throws IllegalArgumentException when a size is less than it may be, or there are more than 10,000
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

    /** Returns the layout of an object that is put whole: its ETag is its MD5. */
    public static PartLayout whole() {
        return WHOLE;
    }

    /**
     * Returns the layout of parts of one size; of an object that isn't larger there is one part.
     *
     * @param partSize bytes, at least 1
     * @return the layout
     */
    public static PartLayout parts(long partSize) {
        return new PartLayout(partSize, 0, List.of());
    }

    /**
     * Returns the layout of most clients: what is smaller than a part is put whole.
     *
     * @param partSize bytes, at least 1
     * @return the layout
     */
    public static PartLayout upload(long partSize) {
        return new PartLayout(partSize, partSize, List.of());
    }

    /**
     * Returns the layout of parts that each have their size.
     *
     * @param sizes bytes of each, 1 to 10,000 of them
     * @return the layout
     * @throws IllegalArgumentException when there are none, or too many, or one is less than 1 byte; a single part may be empty
     */
    public static PartLayout of(List<Long> sizes) {
        if (sizes.isEmpty()) {
            throw new IllegalArgumentException("Expected 1 to 10,000 parts, found 0");
        }
        return new PartLayout(1, 0, sizes);
    }

    /**
     * Whether an object is put in parts, so that its ETag has a count.
     *
     * @param size bytes of the object
     * @return true or false
     */
    public boolean isMultipart(long size) {
        return size >= multipartFrom;
    }

    /**
     * Returns the sizes of an object's parts in order: one of 0 bytes for an empty object.
     *
     * @param size bytes of the object
     * @return bytes of each part
     * @throws IllegalArgumentException when the layout doesn't fit the size: sizes of parts that don't add up to it, or more
     *     than 10,000 parts
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
                    + " parts, and S3 takes 10,000: use a part size of at least " + ((size - 1) / Limits.MAX_PARTS + 1));
        }
        long[] lengths = new long[(int) count];
        Arrays.fill(lengths, partSize);
        lengths[lengths.length - 1] = size - (count - 1) * partSize;
        return lengths;
    }

    /** Returns the layout that cuts an object of a size as this one does, without a threshold. */
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
