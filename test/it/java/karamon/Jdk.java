package karamon;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A JDK on this machine, by its feature number: 17, 25. */
record Jdk(int feature, Path home) {

    /** Returns the JDK that runs the tests. */
    static Jdk running() {
        return new Jdk(Runtime.version().feature(), Path.of(System.getProperty("java.home")));
    }

    /**
     * Returns the JDK of that number: the one that runs the tests, the one that {@code JAVA_HOME_<feature>} names, or one in a
     * folder next to the running one's; empty if there is none.
     */
    static Optional<Jdk> find(int feature) {
        Jdk running = running();
        if (running.feature == feature) {
            return Optional.of(running);
        }
        String named = System.getenv("JAVA_HOME_" + feature);
        return Stream.concat(named == null ? Stream.empty() : Stream.of(Path.of(named)), siblings(running.home).stream())
                .filter(home -> featureOf(home) == feature && Files.isExecutable(home.resolve("bin/java")))
                .findFirst()
                .map(home -> new Jdk(feature, home));
    }

    Path java() {
        return home.resolve("bin/java");
    }

    private static List<Path> siblings(Path home) {
        try (Stream<Path> homes = Files.list(home.getParent())) {
            return homes.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // A JDK has its version in the file named release: JAVA_VERSION="25.0.3"
    private static int featureOf(Path home) {
        Path release = home.resolve("release");
        if (!Files.isReadable(release)) {
            return -1;
        }
        try (Stream<String> lines = Files.lines(release)) {
            return lines.filter(line -> line.startsWith("JAVA_VERSION="))
                    .map(line -> Runtime.Version.parse(line.substring("JAVA_VERSION=".length()).replace("\"", "")).feature())
                    .findFirst()
                    .orElse(-1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
