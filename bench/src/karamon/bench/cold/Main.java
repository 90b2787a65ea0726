package karamon.bench.cold;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Measures cold starts, or counts the classes they load. Called by {@code bench/cold/run} and {@code bench/cold/classes}. */
public final class Main {
    private static final List<Way> WARM =
            List.of(Way.PLAIN_JAVA, Way.PLAIN_JAVA_MANAGED, Way.KARAMON_MANAGED, Way.KARAMON_LOOP, Way.KARAMON_ARCHIVE);

    private Main() {}

    /**
     * Runs the measurements.
     *
     * @param arguments run, quick or classes; the file to append to; the folder of the built packages; the node command; the
     *     class path of AWS's client; its native library; the JDKs' homes
     * @throws IOException when a variant doesn't answer, or the file can't be written
     */
    public static void main(String[] arguments) throws IOException {
        Variants variants = new Variants(Path.of(arguments[2]), arguments[3], arguments[4], arguments[5]);
        List<Jdk> jdks = new ArrayList<>();
        for (String home : List.of(arguments).subList(6, arguments.length)) {
            jdks.add(Jdk.at(Path.of(home)));
        }
        if (arguments[0].equals("classes")) {
            for (Jdk jdk : jdks) {
                System.out.println(classes(variants, jdk));
            }
            return;
        }
        boolean quick = arguments[0].equals("quick");
        Measurements measurements = new Measurements(variants, jdks);
        measurements.coldRounds(quick ? 3 : 15);
        measurements.warmRounds(quick ? 2 : 7, quick ? 2_000 : 5_000, WARM);
        for (Jdk jdk : jdks) {
            String report = new Report(measurements, WARM).of(jdk) + "\n" + classes(variants, jdk);
            System.out.println(report);
            Files.writeString(Path.of(arguments[1]), report, StandardOpenOption.APPEND);
        }
    }

    private static String classes(Variants variants, Jdk jdk) throws IOException {
        StringBuilder text = new StringBuilder("Classes loaded up to the first response, on " + jdk + ":\n\n| variant | all | from an archive |");
        text.append(Stream.of(Owner.values()).map(owner -> " " + owner + " |").collect(Collectors.joining()));
        text.append("\n|---|--:|--:|").append("--:|".repeat(Owner.values().length)).append('\n');
        for (Way way : Way.values()) {
            if (way.isJava() && !way.isOfSize()) {
                Classes classes = Classes.of(variants.of(way, jdk));
                text.append(String.format(Locale.ROOT, "| %s | %,d | %.1f %% |", way, classes.all(), 100.0 * classes.shared() / classes.all()));
                text.append(Stream.of(Owner.values()).map(owner -> " " + classes.of(owner) + " |").collect(Collectors.joining()));
                text.append('\n');
            }
        }
        return text.toString();
    }
}
