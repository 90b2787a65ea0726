package karamon;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import karamon.test.Depth;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A short fuzz run, with the same events each time. {@code bench/fuzz} is the long one: it also limits time and memory. */
class FuzzIT {

    @Test
    @Timeout(600)
    void changedEventsHaveOneDeclaredAnswerEachAndNoneEndsTheProcess(@TempDir Path folder) throws Exception {
        long count = Depth.times("fuzz.events", 4_000, 40_000);
        List<FuzzLane> lanes = Fuzz.run(folder, count, Long.getLong("fuzz.seed", 1));
        assertEquals(List.of(), lanes.stream().flatMap(lane -> lane.faults().stream()).toList());
        assertEquals(count, lanes.stream().mapToLong(FuzzLane::answers).sum());
    }
}
