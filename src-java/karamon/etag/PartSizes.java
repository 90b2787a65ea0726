package karamon.etag;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The possible part sizes of an object, given its size and number of parts, if all parts but the last have one size.
 *
 * @param min the smallest, in bytes
 * @param max the largest, in bytes
 */
public record PartSizes(long min, long max) {
    // Rounder numbers first: people and programs choose them.
    private static final long[] ROUND = {1024, 512, 256, 128, 100, 64, 50, 32, 25, 20, 16, 15, 10, 8, 5, 4, 2, 1};
    private static final long MIB = 1L << 20;
    private static final long MB = 1_000_000;

    /**
     * Returns the part sizes that fit: with two or more parts, from size / parts, rounded up, to below size / (parts - 1).
     *
     * @param size bytes of the object
     * @param parts count of parts, 1 to 10,000
     * @return the interval, or null if no part size gives that number of parts
     */
    public static PartSizes fitting(long size, int parts) {
        long min = Math.max(1, up(size, parts));
        long max = parts == 1 ? Math.max(min, Limits.MAX_PART) : up(size, parts - 1) - 1;
        return min > max ? null : new PartSizes(min, max);
    }

    /**
     * Returns the layouts with which an object may have been put, the likeliest first: those of common clients, then parts of
     * whole MiB, whole MB, and the smallest and largest part sizes that fit.
     *
     * @param etag the object's ETag
     * @param size the object's size in bytes
     * @param limit the maximum number of layouts, at least 1
     * @return the layouts; only that of one piece if the ETag has no count, none if no part size fits
     */
    public static List<PartLayout> likely(ETag etag, long size, int limit) {
        if (etag.parts() == 0) {
            return List.of(PartLayout.whole());
        }
        PartSizes fitting = fitting(size, etag.parts());
        if (fitting == null) {
            return List.of();
        }
        Set<Long> found = new LinkedHashSet<>();
        for (UploadClient client : UploadClient.values()) {
            fitting.add(found, client.partSize(size), limit);
        }
        fitting.addRound(found, MIB, limit);
        fitting.addRound(found, MB, limit);
        fitting.add(found, fitting.min, limit);
        fitting.add(found, fitting.max, limit);
        List<PartLayout> layouts = new ArrayList<>();
        for (long partSize : found) {
            layouts.add(PartLayout.parts(partSize));
        }
        return layouts;
    }

    private void addRound(Set<Long> found, long unit, int limit) {
        for (long step : ROUND) {
            for (long size = up(min, step * unit) * step * unit; size <= max && found.size() < limit; size += step * unit) {
                found.add(size);
            }
        }
    }

    private void add(Set<Long> found, long size, int limit) {
        if (found.size() < limit && size >= min && size <= max) {
            found.add(size);
        }
    }

    private static long up(long size, long by) {
        return size / by + (size % by == 0 ? 0 : 1);
    }
}
