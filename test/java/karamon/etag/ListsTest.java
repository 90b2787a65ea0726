package karamon.etag;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Lists of ETags: written, and checked with --check. */
class ListsTest extends OfCommand {
    @Test
    void aWrittenListIsCheckedAndAFlippedBitIsFound() throws IOException {
        Path large = folder.resolve("large\n\\file");
        byte[] bytes = new byte[17_000_000];
        new Random(1).nextBytes(bytes);
        Files.write(large, bytes);
        Writer list = new StringWriter();
        assertEquals(0, Main.run(new String[] {"-r", folder.toString()}, list, new StringWriter()));
        Files.writeString(folder.resolve("list"), list.toString());
        prints("digits: OK\n\\large\\n\\\\file: OK\nsub/empty: OK\n", "--check", path("list"));
        try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
            file.seek(9_000_000);
            file.write(bytes[9_000_000] ^ 16);
        }
        Files.delete(folder.resolve("sub/empty"));
        Run run = run("--check", path("list"));
        assertEquals(1, run.exit());
        assertEquals("digits: OK\n\\large\\n\\\\file: FAILED\nsub/empty: FAILED\n", run.out());
        assertTrue(run.err().contains("large\\n\\file differs from "), run.err());
        assertTrue(run.err().contains("sub/empty can't be read: there is no such file"), run.err());
    }

    @Test
    void aListInJsonHasOnlyJson() throws IOException {
        Files.writeString(folder.resolve("list"), DIGITS + "  " + path("nowhere") + "\n");
        assertEquals(new Run(1, "", "nowhere can't be read: there is no such file\n"), run("--json", "-c", path("list")));
    }

    @Test
    void aNameCantForgeALine() throws IOException {
        String name = "x\n" + DIGITS + "  passwd\u001b[2J";
        String forged = "x\\n" + DIGITS + "  passwd\\u001b[2J";
        Files.writeString(folder.resolve(name), "123456789");
        prints("\\" + DIGITS + "  " + forged + "\n", path(name));
        Files.writeString(folder.resolve("list"), "\\" + DIGITS + "  " + path(forged) + "\n");
        prints("\\" + forged + ": OK\n", "--check", path("list"));
        Files.delete(folder.resolve(name));
        assertEquals(new Run(1, "\\" + forged + ": FAILED\n", forged + " can't be read: there is no such file\n"),
                run("--check", path("list")));
        Files.writeString(folder.resolve("list"), DIGITS + "  " + path("digits") + "\n\u001b[2Jx\rdigits: OK\n");
        assertEquals("list has a line that isn't an ETag and a name: \\u001b[2Jx\\rdigits: OK\n",
                run("--check", path("list")).err());
    }

    @Test
    void listsAreMd5sumsOwn() throws IOException, InterruptedException {
        if (!System.getProperty("os.name").equals("Linux")) {
            return;
        }
        List<String> names = List.of("a b", "a\nb", "a\\b", "a\\nb\n");
        for (String name : names) {
            Files.writeString(folder.resolve(name), name);
        }
        List<String> command = new ArrayList<>(List.of("md5sum"));
        command.addAll(names);
        String theirs = output(new ProcessBuilder(command), "");
        assertEquals(new Run(0, theirs, ""), run(names.stream().map(this::path).toArray(String[]::new)));
        Files.writeString(folder.resolve("list"), theirs.replace("  ", "  " + folder + "/"));
        assertEquals(0, run("--check", path("list")).exit());
        Files.writeString(folder.resolve("ours"), theirs);
        Stream<String> checked = output(new ProcessBuilder("md5sum", "-c", "ours"), "").lines();
        assertTrue(checked.allMatch(line -> line.endsWith(": OK")));
    }

    @Test
    void anInvalidListIsReported() throws IOException {
        assertEquals(new Run(1, "", "digits has no line such as \"9b2cf535f27731c974343645a3985328-2  disk.img\"\n"),
                run("--check", path("digits")));
        assertEquals(new Run(1, "", "Can't read the list nowhere\n"), run("--check", path("nowhere")));
        Files.writeString(folder.resolve("list"), EMPTY + "  " + path("sub/empty") + "\r\nwhat\n\n");
        assertEquals(new Run(1, "sub/empty: OK\n", "list has a line that isn't an ETag and a name: what\n"),
                run("--check", path("list")));
    }
}
