package karamon.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the end of a process does to its drafts, and to the files that it holds. */
class ChildProcessTest {
    @TempDir
    Path folder;

    /** Holds a file and makes drafts in a folder, then waits for the end of its input. */
    public static final class Child {
        public static void main(String[] args) throws IOException {
            Path folder = Path.of(args[0]);
            Held.hold(folder.resolve("held"));
            Files.writeString(Draft.folder(folder.resolve("a")).path().resolve("in it"), "text");
            Files.writeString(Draft.file(folder.resolve("b")).path(), "text");
            System.out.println("ready");
            System.in.read();
        }
    }

    private Process child() throws IOException {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xshare:auto", "-XX:TieredStopAtLevel=1",
                        "-cp", System.getProperty("java.class.path"), Child.class.getName(), folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertEquals("ready", child.inputReader().readLine());
        return child;
    }

    private long drafts() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(path -> path.getFileName().toString().startsWith(".")).count();
        }
    }

    private static int end(Process child) throws InterruptedException {
        assertTrue(child.waitFor(1, TimeUnit.MINUTES));
        return child.exitValue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    void aSignalDeletesDrafts(String signal) throws IOException, InterruptedException {
        Process child = child();
        assertEquals(2, drafts());
        assertEquals(0, end(new ProcessBuilder("kill", "-" + signal, Long.toString(child.pid())).start()));
        assertEquals(signal.equals("INT") ? 130 : 143, end(child));
        assertEquals(0, drafts());
    }

    @Test
    void anotherProcessHoldsAFileUntilItsEndEvenByAKill() throws IOException, InterruptedException {
        Path file = folder.resolve("held");
        Process child = child();
        assertFalse(Held.runIfUnused(file, channel -> {
            throw new AssertionError("it is in use");
        }));
        // Both may hold it.
        Held.hold(file).close();
        assertFalse(Held.runIfUnused(file, channel -> {}));
        end(child.destroyForcibly());
        assertTrue(Held.runIfUnused(file, channel -> {}));
        assertEquals(2, drafts());
    }

    @Test
    void threadsOfAProcessHoldAFileTogether() throws IOException {
        Path file = folder.resolve("held");
        Held one = Held.hold(file);
        Held two = Held.hold(folder.resolve("../" + folder.getFileName() + "/held"));
        assertEquals(one.channel(), two.channel());
        one.close();
        assertFalse(Held.runIfUnused(file, channel -> {}));
        two.close();
        boolean[] ran = new boolean[1];
        assertEquals(List.of(true, true), List.of(Held.runIfUnused(file, channel -> ran[0] = channel.isOpen()), ran[0]));
    }
}
