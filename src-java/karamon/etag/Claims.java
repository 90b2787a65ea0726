package karamon.etag;

import java.util.List;

/**
 * Deals the parts of all layouts out to threads, in the order of where they begin, so that the layouts go through a file
 * side by side.
 */
final class Claims {
    private final long[][] lengths;
    private final int[] next;
    private final long[] offset;

    /** Consecutive parts of one length. */
    record Claim(int layout, int first, int count, long offset, long length) {}

    Claims(List<long[]> lengths) {
        this.lengths = lengths.toArray(new long[0][]);
        next = new int[this.lengths.length];
        offset = new long[next.length];
    }

    /**
     * Takes the next parts.
     *
     * @param most how many at most
     * @param threads among how many the parts of a layout are to be shared
     * @return the parts, or null when there are none left
     */
    synchronized Claim next(int most, int threads) {
        int layout = -1;
        for (int i = 0; i < next.length; i++) {
            if (next[i] < lengths[i].length && (layout < 0 || offset[i] < offset[layout])) {
                layout = i;
            }
        }
        if (layout < 0) {
            return null;
        }
        long[] parts = lengths[layout];
        int first = next[layout];
        int count = 1;
        // A share of all, not of the rest: lanes cost the same when they are empty, so the last claims aren't cut up.
        int share = Math.min(most, (parts.length + threads - 1) / threads);
        while (count < share && first + count < parts.length && parts[first + count] == parts[first]) {
            count++;
        }
        Claim claim = new Claim(layout, first, count, offset[layout], parts[first]);
        next[layout] += count;
        offset[layout] += count * parts[first];
        return claim;
    }
}
