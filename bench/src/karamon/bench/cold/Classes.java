package karamon.bench.cold;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;

/** The number of classes that a JVM has loaded by its first response, by owner. */
final class Classes {
    private final Map<Owner, Integer> counts = new EnumMap<>(Owner.class);
    private int shared;
    private int all;

    private Classes() {}

    static Classes of(Variant variant) throws IOException {
        Path log = Files.createTempFile("karamon-classes", ".log");
        try (Running running = new Running(variant, "-Xlog:class+load=info:file=" + log + ":none")) {
            running.invoke(1);
            Classes classes = new Classes();
            Files.readAllLines(log).forEach(classes::count);
            return classes;
        } finally {
            Files.delete(log);
        }
    }

    int of(Owner owner) {
        return counts.getOrDefault(owner, 0);
    }

    int all() {
        return all;
    }

    /** Returns the number of classes from an archive, the JDK's own or a trained one. */
    int shared() {
        return shared;
    }

    private void count(String line) {
        int source = line.indexOf(" source: ");
        if (source < 0) {
            return;
        }
        all++;
        counts.merge(Owner.of(line.substring(0, source)), 1, Integer::sum);
        if (line.startsWith("shared objects file", source + " source: ".length())) {
            shared++;
        }
    }
}
