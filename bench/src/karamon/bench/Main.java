package karamon.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs the benchmarks on the JVM at hand and appends what came out to a Markdown file.
 *
 * <p>In a round every way has its turn, in a fresh JVM. The ways are compared within a round, since a shared machine is
 * faster in one minute than in the next.
 */
public final class Main {
    private Main() {}

    /**
     * Runs them.
     *
     * @param args the file to append to; then {@code quick} for a short run that shows that everything works
     * @throws RunnerException when a benchmark fails
     * @throws IOException when the file can't be written
     */
    public static void main(String[] args) throws RunnerException, IOException {
        boolean quick = args.length > 1 && args[1].equals("quick");
        List<Collection<RunResult>> rounds = new ArrayList<>();
        for (int round = 0; round < (quick ? 1 : 3); round++) {
            rounds.add(run("karamon.bench.(Event|Body)\\.", quick ? 2 : 5, quick ? 2 : 4));
        }
        Collection<RunResult> growth = run("karamon.bench.Growth\\.", quick ? 1 : 3, quick ? 1 : 3);
        Path file = Path.of(args[0]);
        Files.writeString(file, Files.readString(file) + new Report(rounds, growth).markdown());
    }

    // One collector and one size of heap for all: what a function of up to 1,769 MB gets from the JVM.
    private static Collection<RunResult> run(String include, int warmupSeconds, int seconds) throws RunnerException {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include(include)
                .mode(Mode.AverageTime)
                .timeUnit(TimeUnit.MICROSECONDS)
                .forks(1)
                .warmupIterations(warmupSeconds)
                .warmupTime(TimeValue.seconds(1))
                .measurementIterations(seconds)
                .measurementTime(TimeValue.seconds(1))
                .jvmArgs("-Xms1g", "-Xmx1g", "-XX:+UseSerialGC", "-Dclojure.compiler.direct-linking=true")
                .addProfiler(GCProfiler.class)
                .addProfiler(CpuTime.class)
                .shouldFailOnError(true);
        return new Runner(options.build()).run();
    }
}
