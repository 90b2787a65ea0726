package karamon.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs the benchmarks on the current JVM and appends the results to a Markdown file.
 *
 * <p>The ways of one benchmark run in turn in one JVM, a tenth of a second each, and are compared within such a round: a shared
 * machine may be twice as fast in one second as in the next.
 */
public final class Main {
    private Main() {}

    /**
     * Runs the benchmarks.
     *
     * @param args the file to append to; then optionally {@code quick} for a short run that checks that everything works
     * @throws RunnerException when a benchmark fails
     * @throws IOException when the file can't be written
     */
    public static void main(String[] args) throws RunnerException, IOException {
        boolean quick = args.length > 1 && args[1].equals("quick");
        RunResult event = run("Event", Event.Way.values().length, quick ? 20 : 60, quick ? 1 : 2).iterator().next();
        RunResult body = run("Body", Body.Way.values().length, quick ? 20 : 60, quick ? 1 : 2).iterator().next();
        Collection<RunResult> growth = run("Growth", 1, quick ? 10 : 30, 1);
        Path file = Path.of(args[0]);
        Files.writeString(file, Files.readString(file) + new Report(event, body, growth).markdown());
    }

    // The same collector and heap size for all: those that the JVM chooses for a function of up to 1,769 MB.
    private static Collection<RunResult> run(String name, int ways, int rounds, int forks) throws RunnerException {
        return new Runner(new OptionsBuilder()
                .include("karamon\\.bench\\." + name + "\\.")
                .mode(Mode.AverageTime)
                .timeUnit(TimeUnit.MICROSECONDS)
                .forks(forks)
                // Warms up in whole rounds, so that the first measured iteration runs the first way.
                .warmupIterations(ways * (rounds * 2 / 3))
                .warmupTime(TimeValue.milliseconds(100))
                .measurementIterations(ways * rounds)
                .measurementTime(TimeValue.milliseconds(100))
                .jvmArgs("-Xms1g", "-Xmx1g", "-XX:+UseSerialGC", "-Dclojure.compiler.direct-linking=true")
                .addProfiler(GCProfiler.class)
                .addProfiler(CpuTime.class)
                .shouldFailOnError(true)
                .build()).run();
    }
}
