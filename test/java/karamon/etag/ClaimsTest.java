package karamon.etag;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClaimsTest {

    /** Returns the counts of parts that are claimed one after another. */
    private static List<Integer> counts(long size, long partSize, int most, int threads) {
        Claims claims = new Claims(List.of(PartLayout.parts(partSize).lengths(size)));
        List<Integer> counts = new ArrayList<>();
        for (Claims.Claim claim = claims.next(most, threads); claim != null; claim = claims.next(most, threads)) {
            counts.add(claim.count());
        }
        return counts;
    }

    @Test
    void lanesAreFilledToTheEnd() {
        assertEquals(List.of(64, 64, 64, 64), counts(256, 1, 64, 2));
        assertEquals(List.of(32, 32, 32, 4), counts(100, 1, 32, 2));
    }

    @Test
    void fewPartsAreSharedByAllThreads() {
        assertEquals(List.of(20, 20), counts(40, 1, 32, 2));
        assertEquals(List.of(2, 2, 1), counts(5, 1, 32, 3));
        assertEquals(List.of(1, 1, 1), counts(3, 1, 1, 2));
    }

    @Test
    void aLastPartOfAnotherLengthGoesAlone() {
        assertEquals(List.of(4, 4, 1), counts(33, 4, 4, 1));
    }

    @Test
    void layoutsGoThroughASourceSideBySide() {
        Claims claims = new Claims(List.of(new long[] {4, 4, 4, 4}, new long[] {8, 8}));
        List<Long> offsets = new ArrayList<>();
        for (Claims.Claim claim = claims.next(1, 1); claim != null; claim = claims.next(1, 1)) {
            offsets.add(claim.offset());
        }
        assertEquals(List.of(0L, 0L, 4L, 8L, 8L, 12L), offsets);
    }
}
