package karamon.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;

/** The measurements of one benchmark, whose ways run in turn: a round is one iteration of each way. */
final class Rounds {
    private final int ways;
    private final List<IterationResult> iterations = new ArrayList<>();

    Rounds(RunResult result, int ways) {
        this.ways = ways;
        for (BenchmarkResult fork : result.getBenchmarkResults()) {
            iterations.addAll(fork.getIterationResults());
        }
    }

    /** Returns the median CPU time of an operation by a way, in microseconds. */
    double micros(Enum<?> way) {
        return median(each(way, CpuTime.LABEL));
    }

    /** Returns the median number of bytes that an operation by a way allocates. */
    double bytes(Enum<?> way) {
        return median(each(way, "gc.alloc.rate.norm"));
    }

    /** Returns the median, over the rounds, of one way's time divided by another's. */
    double ratio(Enum<?> way, Enum<?> base) {
        return median(ratios(way, base));
    }

    /** Returns the ratios of all rounds, the smallest first. */
    List<Double> ratios(Enum<?> way, Enum<?> base) {
        List<Double> times = each(way, CpuTime.LABEL);
        List<Double> baseTimes = each(base, CpuTime.LABEL);
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < times.size(); round++) {
            ratios.add(times.get(round) / baseTimes.get(round));
        }
        Collections.sort(ratios);
        return ratios;
    }

    private List<Double> each(Enum<?> way, String label) {
        List<Double> values = new ArrayList<>();
        for (int i = way.ordinal(); i < iterations.size(); i += ways) {
            values.add(iterations.get(i).getSecondaryResults().get(label).getScore());
        }
        return values;
    }

    private static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2);
    }
}
