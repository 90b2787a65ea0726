package karamon.bench.cold;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** The measurements of one way, a sample for each round. */
final class Samples {
    private final List<Sample> samples = new ArrayList<>();

    void add(Sample sample) {
        samples.add(sample);
    }

    double median(ToDoubleFunction<Sample> figure) {
        return median(samples.stream().mapToDouble(figure));
    }

    /** Returns the median of the ratios within the rounds: a shared machine may be twice as fast in one round as in the next. */
    double ratio(ToDoubleFunction<Sample> figure, Samples base) {
        return median(IntStream.range(0, samples.size())
                .mapToDouble(i -> figure.applyAsDouble(samples.get(i)) / figure.applyAsDouble(base.samples.get(i))));
    }

    private static double median(DoubleStream figures) {
        double[] sorted = figures.sorted().toArray();
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }
}
