package karamon.etag;

import java.util.List;
import java.util.PriorityQueue;

/**
 * Assigns the parts of all layouts to threads, ordered by offset, so that all layouts advance through a file together. A thread
 * finishes the parts it has begun; but near the end it returns them after each piece, so that all threads finish together.
 */
final class Claims {
    private final long[][] lengths;
    private final int threads;
    private final int[] next;
    private final long[] offset;
    private final PriorityQueue<PartGroup> waiting = new PriorityQueue<>();
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
     * Returns the parts that a thread should hash next.
     *
     * @param mine the parts that it has begun and not finished, or null
     * @param choice how to hash parts that aren't begun
     * @return the parts, or null if the thread has nothing left to do
     */
    synchronized PartGroup next(PartGroup mine, Lanes.Choice choice) {
        if (mine != null) {
            if (unclaimed > threads * choice.lanes()) {
                return mine;
            }
            waiting.add(mine);
        }
        // Parts that aren't begun have the most bytes left, except a shorter last part, which isn't hashed in lanes.
        return unclaimed > 0 ? new PartGroup(claim(choice.lanes()), choice) : waiting.poll();
    }

    private Claim claim(int maxParts) {
        int layout = -1;
        for (int i = 0; i < next.length; i++) {
            if (next[i] < lengths[i].length && (layout < 0 || offset[i] < offset[layout])) {
                layout = i;
            }
        }
        long[] parts = lengths[layout];
        int first = next[layout];
        int count = 1;
        // A share of all parts, not of the rest: empty lanes cost the same as full ones, so the last claims aren't made smaller.
        int share = Math.min(maxParts, (parts.length + threads - 1) / threads);
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
