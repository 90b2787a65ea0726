package karamon.etag;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The part sizes that an object of some size and count of parts may have, all parts but the last being of one size.
 *
 * @param least bytes of the smallest
 * @param most bytes of the largest
 */
public record PartSizes(long least, long most) {
    // Rounder ones first: people and programs choose such.
    private static final long[] ROUND = {1024, 512, 256, 128, 100, 64, 50, 32, 25, 20, 16, 15, 10, 8, 5, 4, 2, 1};
    private static final long MIB = 1L << 20;
    private static final long MB = 1_000_000;

    /**
     * Returns the part sizes that fit: for at least two parts those from size / parts, rounded up, to below size / (parts - 1).
     *
     * @param size bytes of the object
     * @param parts count of parts, 1 to 10,000
     * @return the interval, or null when no part size gives so many parts
     */
    public static PartSizes fitting(long size, int parts) {
        long least = Math.max(1, up(size, parts));
        long most = parts == 1 ? Math.max(least, Limits.MAX_PART) : up(size, parts - 1) - 1;
        return least > most ? null : new PartSizes(least, most);
    }

    /**
     * Returns the layouts that an object may have been put with, the likeliest first: those of the usual clients, then
     * parts of whole MiB, whole MB, and the bounds of what fits.
     *
     * @param etag the object's
     * @param size its bytes
     * @param limit how many at most, at least 1
     * @return the layouts; the whole alone where the ETag has no count, none where no part size fits
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
        fitting.add(found, fitting.least, limit);
        fitting.add(found, fitting.most, limit);
        List<PartLayout> layouts = new ArrayList<>();
        for (long partSize : found) {
            layouts.add(PartLayout.parts(partSize));
        }
        return layouts;
    }

    private void addRound(Set<Long> found, long unit, int limit) {
        for (long step : ROUND) {
            for (long size = up(least, step * unit) * step * unit; size <= most && found.size() < limit; size += step * unit) {
                found.add(size);
            }
        }
    }

    private void add(Set<Long> found, long size, int limit) {
        if (found.size() < limit && size >= least && size <= most) {
            found.add(size);
        }
    }

    private static long up(long size, long by) {
        return size / by + (size % by == 0 ? 0 : 1);
    }
}
