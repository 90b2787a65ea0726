package karamon.bench.cold;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Measures starts from a SnapStart snapshot, in turns with cold starts of Node. Called by {@code bench/cold/snapstart}. */
public final class SnapStarts {
    private static final String NODE = "Node, cold start";
    private static final double MAX_RATIO = 0.5;
    private static final double MAX_MS = 12;

    private SnapStarts() {}

    /**
     * Prints a table of medians.
     *
     * @param arguments the number of rounds; the folder of the built packages; the node command; the class path of AWS's client; its
     *     native library; the JDKs' homes
     * @throws IOException when a variant doesn't answer
     * @throws InterruptedException never
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        int rounds = Integer.parseInt(arguments[0]);
        Variants variants = new Variants(Path.of(arguments[1]), arguments[2], arguments[3], arguments[4]);
        List<Jdk> jdks = new ArrayList<>();
        for (String home : List.of(arguments).subList(5, arguments.length)) {
            jdks.add(Jdk.at(Path.of(home)));
        }
        Map<String, Samples> measured = new LinkedHashMap<>();
        for (int round = 0; round <= rounds; round++) {
            Map<String, Sample> samples = round(variants, jdks);
            if (round > 0) { // The first one fills the page cache.
                samples.forEach((name, sample) -> measured.computeIfAbsent(name, key -> new Samples()).add(sample));
            }
            System.err.println("Round " + round + " of " + rounds);
        }
        Samples node = measured.get(NODE);
        System.out.println("| | CPU ms | wall ms | RSS MB | CPU / Node's | |\n|---|--:|--:|--:|--:|---|");
        measured.forEach((name, samples) -> {
            double ms = samples.median(Sample::cpu);
            double ratio = samples.ratio(Sample::cpu, node);
            System.out.printf(Locale.ROOT, "| %s | %.1f | %.1f | %.0f | %.2f | %s |%n", name, ms, samples.median(Sample::wall),
                    samples.median(Sample::rss), ratio, !name.contains("**") ? "" : ms <= MAX_MS && ratio <= MAX_RATIO ? "met" : "**missed**");
        });
    }

    private static Map<String, Sample> round(Variants variants, List<Jdk> jdks) throws IOException, InterruptedException {
        Map<String, Sample> samples = new LinkedHashMap<>();
        for (Jdk jdk : jdks) {
            samples.put("**Karamon's image, primed, JDK " + jdk.feature() + "**", restored(variants.snapshotOfImage(jdk, "shop.primed/hello")));
            samples.put("Karamon on AWS's client, primed, JDK " + jdk.feature(), restored(variants.snapshotOfManaged(jdk, "shop.primed/hello")));
            samples.put("Karamon's image, not primed, JDK " + jdk.feature(), restored(variants.snapshotOfImage(jdk, "shop.primed/unprimed")));
        }
        try (Running running = new Running(variants.of(Way.NODE, jdks.get(0)), "")) {
            samples.put(NODE, running.invoke(1));
        }
        return samples;
    }

    private static Sample restored(Variant variant) throws IOException, InterruptedException {
        try (Running running = new Running(variant, "")) {
            return running.restore();
        }
    }
}
