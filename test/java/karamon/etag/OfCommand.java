package karamon.etag;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Runs the command in a folder that has two files. */
abstract class OfCommand {
    static final String EMPTY = "d41d8cd98f00b204e9800998ecf8427e";
    static final String DIGITS = "25f9e794323b453885f5181f1b624d0b";
    // Made of the MD5s of 1234, 5678 and 9 with Python's hashlib, like MainTest's CRC-32s.
    static final String DIGITS_BY_4 = "393e928fcf5925fcbd3a06aaf20b2d38-3";

    @TempDir
    Path folder;

    /** What a run prints, with paths in the folder shown relative to it, and its exit code. */
    record Run(int exit, String out, String err) {}

    @BeforeEach
    void writeFiles() throws IOException {
        Files.writeString(folder.resolve("digits"), "123456789");
        Files.createDirectory(folder.resolve("sub"));
        Files.writeString(folder.resolve("sub/empty"), "");
    }

    final String path(String name) {
        return folder.resolve(name).toString();
    }

    final Run run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exit = Main.run(arguments, out, err);
        return new Run(exit, plain(out), plain(err));
    }

    private String plain(Object text) {
        return text.toString().replace(folder + "/", "");
    }

    final void prints(String out, String... arguments) {
        assertEquals(new Run(0, out, ""), run(arguments), String.join(" ", arguments));
    }

    final String output(ProcessBuilder builder, String input) throws IOException, InterruptedException {
        Process process = builder.directory(folder.toFile()).redirectErrorStream(true).start();
        try (OutputStream in = process.getOutputStream()) {
            in.write(input.getBytes(StandardCharsets.UTF_8));
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }
}
