package karamon.etag;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ClaimsTest {
    private static final LaneMd5 KERNEL = new LoopMd5();

    private static Lanes.Choice lanes(int count) {
        return new Lanes.Choice(() -> KERNEL, count, 1, 0);
    }

    /** Returns all claims in order, if each is finished before the next begins. */
    private static List<Claims.Claim> begun(List<long[]> lengths, int lanes, int threads) {
        Claims claims = new Claims(lengths, threads);
        List<Claims.Claim> begun = new ArrayList<>();
        for (PartGroup group = claims.next(null, lanes(lanes)); group != null; group = claims.next(null, lanes(lanes))) {
            begun.add(group.claim);
        }
        return begun;
    }

    private static List<Integer> counts(long size, long partSize, int lanes, int threads) {
        return begun(List.of(PartLayout.parts(partSize).lengths(size)), lanes, threads).stream().map(Claims.Claim::count).toList();
    }

    @Test
    void allClaimsFillTheirLanes() {
        assertEquals(List.of(64, 64, 64, 64), counts(256, 1, 64, 2));
        assertEquals(List.of(32, 32, 32, 4), counts(100, 1, 32, 2));
    }

    @Test
    void allThreadsShareFewParts() {
        assertEquals(List.of(20, 20), counts(40, 1, 32, 2));
        assertEquals(List.of(2, 2, 1), counts(5, 1, 32, 3));
        assertEquals(List.of(1, 1, 1), counts(3, 1, 1, 2));
    }

    @Test
    void aLastPartOfAnotherLengthIsItsOwnClaim() {
        assertEquals(List.of(4, 4, 1), counts(33, 4, 4, 1));
    }

    @Test
    void layoutsAdvanceThroughASourceTogether() {
        List<long[]> layouts = List.of(new long[] {4, 4, 4, 4}, new long[] {8, 8});
        assertEquals(List.of(0L, 0L, 4L, 8L, 8L, 12L), begun(layouts, 1, 1).stream().map(Claims.Claim::offset).toList());
    }

    /** Threads that take turns. Each misses some turns, as on a core that others use too. */
    private static final class Turns {
        private static final int LENGTH = 16;
        private final Set<Integer> begun = new HashSet<>();
        private final List<Integer> ended = new ArrayList<>();
        private final int[] ends;
        private int maxInWork;

        Turns(int groups, int threads) {
            Claims claims = new Claims(List.of(PartLayout.parts(LENGTH).lengths(4L * LENGTH * groups)), threads);
            PartGroup[] mine = new PartGroup[threads];
            ends = new int[threads];
            for (int turn = 0, working = threads; working > 0; turn++) {
                working = 0;
                for (int thread = 0; thread < threads; thread++) {
                    if (turn > 0 && mine[thread] == null) {
                        continue;
                    }
                    working++;
                    if (turn == 0 || turn % (thread + 5) != 0) {
                        mine[thread] = claims.next(turn == 0 ? null : hash(mine[thread]), lanes(4));
                        ends[thread] = turn;
                        if (mine[thread] != null) {
                            begun.add(mine[thread].claim.first());
                            maxInWork = Math.max(maxInWork, begun.size() - ended.size());
                        }
                    }
                }
            }
        }

        /** Hashes a sixteenth of a group, or its padding; returns null if nothing is left. */
        private PartGroup hash(PartGroup group) {
            group.done++;
            if (group.left() >= 0) {
                return group;
            }
            ended.add(group.claim.first());
            return null;
        }
    }

    @Test
    void threadsFinishTogether() {
        for (int threads = 1; threads <= 5; threads++) {
            for (int groups = threads; groups <= 6 * threads; groups++) {
                Turns turns = new Turns(groups, threads);
                String what = groups + " groups, " + threads + " threads";
                assertEquals(IntStream.range(0, groups).mapToObj(i -> 4 * i).toList(), turns.ended.stream().sorted().toList(), what);
                assertTrue(turns.maxInWork <= 2 * threads, what + ": " + turns.maxInWork + " in work");
                IntSummaryStatistics ends = Arrays.stream(turns.ends).summaryStatistics();
                if (groups > threads) {
                    assertTrue(ends.getMax() - ends.getMin() <= 4, what + " end in turns " + ends);
                }
            }
        }
    }
}
