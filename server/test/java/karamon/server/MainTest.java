package karamon.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
    @Test
    void jarsThatDoNotFitTogetherEndTheStartWithASentence(@TempDir Path folder) throws Exception {
        // The log that should report the error can't be loaded either.
        Files.createDirectories(folder.resolve("karamon/log"));
        Files.write(folder.resolve("karamon/log/Log.class"), new byte[0]);
        ProcessBuilder builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xshare:auto",
                "-XX:TieredStopAtLevel=1", "-cp", folder + File.pathSeparator + System.getProperty("java.class.path"),
                "karamon.server.Main").redirectErrorStream(true);
        builder.environment().put("KARAMON_HANDLER", "shop.handlers/show");
        builder.environment().put("KARAMON_MANAGEMENT_PORT", "0");
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes());
        assertEquals(1, process.waitFor(), output);
        assertTrue(output.startsWith("karamon: the server can't start: ") && output.contains("java.lang.ClassFormatError"), output);
        assertTrue(output.contains("use karamon and karamon-server of the same version"), output);
        assertEquals(1, output.lines().count(), output);
    }
}
