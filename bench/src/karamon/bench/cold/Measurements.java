package karamon.bench.cold;

import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Starts the processes in turn, and keeps the measurements by JDK and way. */
final class Measurements {
    private static final int FEW = 100;

    private final Variants variants;
    private final List<Jdk> jdks;
    private final Map<Integer, Map<Way, Samples>> cold = new TreeMap<>();
    private final Map<Integer, Map<Way, Samples>> few = new TreeMap<>();
    private final Map<Integer, Map<Way, Samples>> warm = new TreeMap<>();

    Measurements(Variants variants, List<Jdk> jdks) {
        this.variants = variants;
        this.jdks = jdks;
    }

    /** Returns the usage from the start to the first response. */
    Samples cold(Jdk jdk, Way way) {
        return cold.get(way == Way.NODE ? jdks.get(0).feature() : jdk.feature()).get(way);
    }

    /** Returns the usage from the start to the hundredth response. */
    Samples few(Jdk jdk, Way way) {
        return few.get(jdk.feature()).get(way);
    }

    /** Returns the usage of a warm request; its memory is the process's. */
    Samples warm(Jdk jdk, Way way) {
        return warm.get(jdk.feature()).get(way);
    }

    /** In each round, runs each way up to its first response. The first round isn't kept: it fills the page cache. */
    void coldRounds(int rounds) throws IOException {
        for (int round = 0; round <= rounds; round++) {
            for (Jdk jdk : jdks) {
                for (Way way : Way.values()) {
                    if (way.isJava() || jdk == jdks.get(0)) {
                        try (Running running = new Running(variants.of(way, jdk), "")) {
                            keep(cold, jdk, way, running.invoke(1), round > 0);
                        }
                    }
                }
            }
            System.out.println("Cold starts: round " + round + " of " + rounds);
        }
    }

    /** In each round, sends each way a hundred requests, then {@code requests} to warm up, then as many again to measure. */
    void warmRounds(int rounds, int requests, List<Way> ways) throws IOException {
        for (int round = 1; round <= rounds; round++) {
            for (Jdk jdk : jdks) {
                for (Way way : ways) {
                    try (Running running = new Running(variants.of(way, jdk), "")) {
                        keep(few, jdk, way, running.invoke(FEW), true);
                        Sample before = running.invoke(requests);
                        Sample after = running.invoke(requests);
                        Sample each = new Sample(
                                (after.cpu() - before.cpu()) / requests, (after.wall() - before.wall()) / requests, after.rss());
                        keep(warm, jdk, way, each, true);
                    }
                }
            }
            System.out.println("Warm requests: round " + round + " of " + rounds);
        }
    }

    private static void keep(Map<Integer, Map<Way, Samples>> kept, Jdk jdk, Way way, Sample sample, boolean counts) {
        if (counts) {
            kept.computeIfAbsent(jdk.feature(), feature -> new EnumMap<>(Way.class))
                    .computeIfAbsent(way, key -> new Samples())
                    .add(sample);
        }
    }
}
