package karamon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs test/ring, apps that use the real Ring and Compojure, if Debian's packages of them are installed: neither is in Maven
 * Central. It runs them in a separate process, so that no other test has them on its class path.
 */
class RingAppsTest {
    private static final Path JARS = Path.of("/usr/share/java");
    private static final List<String> NAMES = List.of("ring-core", "ring-codec", "compojure", "clout", "instaparse", "medley",
            "tools.macro", "crypto-random", "crypto-equality", "commons-codec", "commons-fileupload", "commons-io", "clj-time",
            "joda-time", "servlet-api");
    private static final int MAX_SECONDS = 240;

    @TempDir
    private Path folder;

    @Test
    void appsOfRingAndCompojureRun() throws IOException, InterruptedException {
        List<String> path = new ArrayList<>(List.of(System.getProperty("java.class.path"), "test/ring"));
        for (String name : NAMES) {
            Path jar = JARS.resolve(name + ".jar");
            assumeTrue(Files.exists(jar), "skipped the Ring apps: no " + jar
                    + "; install Debian's libring-core-clojure, libcompojure-clojure and libservlet-api-java");
            path.add(jar.toString());
        }
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8", "-cp", String.join(File.pathSeparator, path),
                        "clojure.main", "-m", "karamon.ring-apps")
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertTrue(process.waitFor(MAX_SECONDS, TimeUnit.SECONDS), () -> "it took longer than " + MAX_SECONDS + " s");
        } finally {
            process.destroyForcibly();
        }
        String text = Files.readString(output, StandardCharsets.UTF_8);
        assertEquals(0, process.exitValue(), text);
        assertTrue(text.contains("0 failures, 0 errors."), text);
    }
}
