package karamon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import karamon.json.JsonReader;
import karamon.json.Keys;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tests of a function package in a runtime, on the JDK that runs them. */
@Timeout(180)
abstract class InRuntime {
    private static final Jdk JDK = Jdk.running();

    @TempDir
    private Path taskRoot;

    RuntimeApi api;

    private final List<RuntimeProcess> started = new ArrayList<>();

    @BeforeEach
    void unpackThePackage() throws IOException {
        functionPackage().unpack(taskRoot);
        api = new RuntimeApi();
    }

    /** Returns the package to test: by default, the example's. */
    FunctionPackage functionPackage() {
        return FunctionPackage.ofTheExample();
    }

    @AfterEach
    void endTheRuntimes() throws IOException {
        try {
            for (RuntimeProcess runtime : started) {
                runtime.close();
            }
        } finally {
            if (api != null) {
                api.close();
            }
        }
    }

    /** Starts the runtime under test for a handler, by default AWS's own client; it ends with the test. */
    RuntimeProcess start(String handler, Map<String, String> environment) throws IOException {
        return ended(RuntimeProcess.managed(JDK, taskRoot, api, handler, environment));
    }

    final RuntimeProcess start(String handler) throws IOException {
        return start(handler, Map.of());
    }

    /** Starts Karamon's own runtime for a handler; it ends with the test. */
    final RuntimeProcess startOwn(String handler, Map<String, String> environment, String... flags) throws IOException {
        return ended(RuntimeProcess.own(JDK, taskRoot, api, handler, environment, List.of(flags)));
    }

    /** Makes a runtime end with the test. */
    final RuntimeProcess ended(RuntimeProcess runtime) {
        started.add(runtime);
        return runtime;
    }

    /** Adds a namespace to the unpacked package. */
    void addNamespace(String file, String source) throws IOException {
        Path path = taskRoot.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, source, StandardOpenOption.CREATE_NEW); // the package's own files are shared
    }

    /** Returns the folder of the unpacked package. */
    final Path taskRoot() {
        return taskRoot;
    }

    /** Removes a jar from the unpacked package. */
    void removeJar(String name) throws IOException {
        try (Stream<Path> jars = Files.list(taskRoot.resolve("lib"))) {
            for (Path jar : jars.filter(path -> path.getFileName().toString().matches(name + "-[0-9].*")).toList()) {
                Files.delete(jar);
            }
        }
    }

    /** Returns one of the events under test/resources/events. */
    static String event(String name) throws IOException {
        return Files.readString(Path.of("test/resources/events", name + ".json"));
    }

    /** Returns JSON as data with strings for keys. */
    static Object json(String text) {
        return JsonReader.read(text, Keys.STRINGS);
    }

    static Object json(RuntimeApi.Answer answer) {
        return json(answer.text());
    }
}
