package karamon.etag;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Deals the parts of all layouts out to threads, in the order of where they begin, so that the layouts go through a file
 * side by side. A thread ends what it has begun, but the last ones are passed on, so that all threads end together.
 */
final class Claims {
    private final long[][] lengths;
    private final int threads;
    private final int[] next;
    private final long[] offset;
    private final PriorityQueue<PartGroup> waiting = new PriorityQueue<>(Comparator.comparingLong(PartGroup::left).reversed());
    private int unclaimed;

    /** Consecutive parts of one length. */
    record Claim(int layout, int first, int count, long offset, long length) {}

    Claims(List<long[]> lengths, int threads) {
        this.lengths = lengths.toArray(new long[0][]);
        this.threads = threads;
        next = new int[this.lengths.length];
        offset = new long[next.length];
        for (long[] parts : lengths) {
            unclaimed += parts.length;
        }
    }

    /**
     * Tells a thread what to go on with.
     *
     * @param mine what it has begun and not ended, or null
     * @param choice how to hash what isn't begun
     * @return the parts, or null when the thread has nothing left to do
     */
    synchronized PartGroup next(PartGroup mine, Lanes.Choice choice) {
        if (mine != null) {
            if (unclaimed > threads * choice.lanes()) {
                return mine;
            }
            waiting.add(mine);
        }
        // What isn't begun has the most left, but for a shorter last part, which is no lanes' work.
        return unclaimed > 0 ? new PartGroup(claim(choice.lanes()), choice) : waiting.poll();
    }

    private Claim claim(int most) {
        int layout = -1;
        for (int i = 0; i < next.length; i++) {
            if (next[i] < lengths[i].length && (layout < 0 || offset[i] < offset[layout])) {
                layout = i;
            }
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
        unclaimed -= count;
        return claim;
    }
}
