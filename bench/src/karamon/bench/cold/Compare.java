package karamon.bench.cold;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import karamon.bench.Inputs;

/** Measures two checkouts of Karamon in turns. {@code bench/compare} calls it. */
public final class Compare {
    private final Jdk jdk;
    private final Path file;
    private final Path event;
    private final Path worker = Path.of("bench/request_map_worker.clj").toAbsolutePath();

    /** A checkout, and its function package in a folder. */
    private record Side(Path checkout, Path task, Map<String, Samples> samples) {}

    /** Measures a checkout once. */
    private interface Work {
        Sample of(Side side) throws IOException;
    }

    private Compare(Jdk jdk, Path file, Path event) {
        this.jdk = jdk;
        this.file = file;
        this.event = event;
    }

    /**
     * Runs the comparison.
     *
     * @param arguments the number of rounds; a folder with {@code before} and {@code after}, the unpacked function packages, and
     *     {@code file}, which is hashed; the two checkouts
     * @throws IOException when a checkout's process fails
     */
    public static void main(String[] arguments) throws IOException {
        int rounds = Integer.parseInt(arguments[0]);
        Path folder = Path.of(arguments[1]);
        Side before = new Side(Path.of(arguments[2]), folder.resolve("before"), new LinkedHashMap<>());
        Side after = new Side(Path.of(arguments[3]), folder.resolve("after"), new LinkedHashMap<>());
        Path event = Files.write(folder.resolve("event.json"), Inputs.restEvent());
        Compare compare = new Compare(Jdk.at(Path.of(System.getProperty("java.home"))), folder.resolve("file"), event);
        for (int round = 0; round <= rounds; round++) {
            compare.round(round, before, after);
            System.err.println("Round " + round + " of " + rounds);
        }
        System.out.println("| | before | after | after / before | median of the rounds' ratios |\n|---|--:|--:|--:|--:|");
        before.samples.forEach((name, samples) -> {
            row(name + ", CPU", samples, after.samples.get(name), Sample::cpu);
            row(name + ", wall", samples, after.samples.get(name), Sample::wall);
        });
    }

    // The first round isn't kept, because it fills the page cache. The checkouts alternate in going first.
    private void round(int round, Side before, Side after) throws IOException {
        Map<String, Work> works = new LinkedHashMap<>();
        works.put("cold start (ms)", this::coldStart);
        works.put("event to request map (µs)", this::requestMap);
        works.put("./karamon etag (ms)", this::etag);
        List<Side> sides = new ArrayList<>(List.of(before, after));
        if (round % 2 == 1) {
            Collections.reverse(sides);
        }
        for (Map.Entry<String, Work> work : works.entrySet()) {
            for (Side side : sides) {
                Sample sample = work.getValue().of(side);
                if (round > 0) {
                    side.samples.computeIfAbsent(work.getKey(), name -> new Samples()).add(sample);
                }
            }
        }
    }

    private Sample coldStart(Side side) throws IOException {
        try (Running running = new Running(Variants.loop(jdk, side.task, "example.core/hello"), "")) {
            return running.invoke(1);
        }
    }

    // A new JVM each time, because each JVM's compiler optimizes the same code differently.
    private Sample requestMap(Side side) throws IOException {
        double[] micros = figures(side, List.of(jdk.java(), "-XX:+UseSerialGC", "-Xms512m", "-Xmx512m", "-cp",
                side.task + ":" + side.task + "/lib/*", "clojure.main", worker.toString(), event.toString()));
        return new Sample(micros[0], micros[1], 0);
    }

    private Sample etag(Side side) throws IOException {
        double[] seconds = figures(side, List.of(
                "bash", "-c", "TIMEFORMAT='%U %S %R'; time ./karamon etag \"$0\" >/dev/null", file.toString()));
        return new Sample((seconds[0] + seconds[1]) * 1000, seconds[2] * 1000, 0);
    }

    private static double[] figures(Side side, List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).directory(side.checkout.toFile()).redirectErrorStream(true).start();
        try (InputStream in = process.getInputStream()) {
            String printed = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            if (process.onExit().join().exitValue() != 0) {
                throw new IOException(command + " failed in " + side.checkout + ":\n" + printed);
            }
            String last = printed.lines().reduce("", (earlier, later) -> later);
            return Stream.of(last.split(" ")).mapToDouble(Double::parseDouble).toArray();
        }
    }

    private static void row(String what, Samples before, Samples after, ToDoubleFunction<Sample> figure) {
        double base = before.median(figure);
        double changed = after.median(figure);
        System.out.printf(Locale.ROOT, "| %s | %.2f | %.2f | %.3f | %.3f |%n", what, base, changed, changed / base, after.ratio(figure, before));
    }
}
