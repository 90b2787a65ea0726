package karamon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import karamon.json.JsonReader;
import karamon.json.Keys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checks that a function package has its handlers. */
class CheckHandlersIT {
    @TempDir
    private Path folder;

    private Map<?, ?> faults(String... names) throws Exception {
        return faultsWith("", names);
    }

    // In Lambda's locale.
    private Map<?, ?> faultsWith(String input, String... names) throws Exception {
        FunctionPackage.ofTheExample().unpack(folder);
        List<String> command = Stream.concat(
                        Stream.of(Path.of(System.getProperty("java.home"), "bin/java").toString(), "-cp",
                                folder + File.pathSeparator + folder.resolve("lib/*"), "karamon.runtime.CheckHandlers"),
                        Stream.of(names))
                .toList();
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        try (OutputStream in = process.getOutputStream()) {
            in.write(input.getBytes(StandardCharsets.UTF_8));
        }
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor());
        return (Map<?, ?>) JsonReader.read(out, Keys.STRINGS);
    }

    @Test
    void existingHandlersAreNotReported() throws Exception {
        assertEquals(Map.of(), faults("example.core/hello", "example.core/echo"));
    }

    @Test
    void namesOfAnyLettersComeOnStandardInput() throws Exception {
        Map<?, ?> faults = faultsWith("example.core/hello\nexample.core/größe✨\n");
        assertEquals(Set.of("example.core/größe✨"), faults.keySet());
        assertTrue(faults.get("example.core/größe✨").toString().startsWith("No var example.core/größe✨: "), faults.toString());
    }

    @Test
    void eachMissingHandlerIsReportedWithTheNearestName() throws Exception {
        Map<?, ?> faults = faults("example.core/hello", "example.core/helo", "exmple.core/hello");
        assertEquals(Set.of("example.core/helo", "exmple.core/hello"), faults.keySet());
        assertTrue(faults.get("example.core/helo").toString().endsWith("Did you mean hello?"), faults.toString());
        assertTrue(faults.get("exmple.core/hello").toString().endsWith("Did you mean example.core?"), faults.toString());
    }

    @Test
    void outputOfANamespaceIsNotInTheAnswerAndItsThreadsDontKeepTheProcess() throws Exception {
        Files.createDirectories(folder.resolve("ours"));
        Files.writeString(folder.resolve("ours/loud.clj"),
                "(ns ours.loud)\n(println \"loading\")\n(.start (Thread. #(Thread/sleep 600000)))\n(defn handler [event ctx])\n");
        assertEquals(Map.of(), faults("ours.loud/handler"));
    }
}
