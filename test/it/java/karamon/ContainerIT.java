package karamon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import karamon.RuntimeApi.Answer;
import karamon.test.Depth;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Images made by {@code ./karamon image}, run in a container if podman can run one. */
class ContainerIT extends InRuntime {
    @TempDir
    private Path folder;

    private static void run(Path log, List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        assertTrue(process.waitFor(150, TimeUnit.SECONDS), () -> command + " takes too long");
        assertEquals(0, process.exitValue(), () -> command + " failed:\n" + text(log));
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static boolean canRunContainers() {
        try {
            return new ProcessBuilder("podman", "--version").start().waitFor() == 0 && System.getProperty("user.name").equals("root");
        } catch (IOException | InterruptedException e) {
            return false;
        }
    }

    // Jib gives all files of an image the same date, the first second after the epoch, according to its documentation.
    @ParameterizedTest
    @CsvSource({"podman, ", "jib, 1970-01-01T00:00:01Z"})
    void anImageAnswersInAContainerAndStartsFromItsArchive(String way, String date) throws Exception {
        Depth.requireFull(); // It takes most of a minute for each way.
        assumeTrue(canRunContainers(), "no podman here, or no root");
        Images.make(Runtime.version().feature(), folder.resolve("image"), date == null ? List.of() : List.of("--date", date));
        Path storage = folder.resolve("storage");
        run(folder.resolve("build.log"), List.of("test/containers/build", way, folder.resolve("image").toString(), storage.toString()));
        RuntimeProcess runtime = ended(RuntimeProcess.container(api, Path.of("test/containers/containers.conf"), podman(storage,
                "run", "--rm", "--network", "host", "--env", "AWS_LAMBDA_RUNTIME_API=" + api.address(),
                "--volume", folder + ":/log", "--env", "JDK_JAVA_OPTIONS=" + LoadedClasses.logTo(Path.of("/log/classes")),
                "karamon-" + way)));
        try {
            Answer answer = runtime.await(api.send(event("rest-echo")));
            assertEquals("{\"hello\":\"José & co\"}", ((Map<?, ?>) json(answer)).get("body"));
        } finally {
            run(folder.resolve("stop.log"), podman(storage, "stop", "--all"));
        }
        assertEquals(143, runtime.exitCode(), "ended by SIGTERM");
        LoadedClasses classes = LoadedClasses.of(folder.resolve("classes"));
        assertTrue(classes.fromArchive() >= 0.99, classes.fromArchive() + " of all");
    }

    private static List<String> podman(Path storage, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                "podman", "--root", storage.toString(), "--runroot", storage.resolve("run").toString(), "--storage-driver", "vfs"));
        command.addAll(List.of(arguments));
        return command;
    }
}
