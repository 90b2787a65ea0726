package karamon.etag;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MainTest extends OfCommand {
    @Test
    void etagsArePrintedAsMd5sumPrintsSums() {
        String both = DIGITS + "  digits\n" + EMPTY + "  sub/empty\n";
        prints(both, path("digits"), path("sub/empty"));
        prints(both, "--recursive", folder.toString());
        prints(both + both, "-r", folder.toString(), path("digits"), path("sub"));
        prints(DIGITS_BY_4 + "  digits\n", path("digits"), "--part-size", "4", "-t", "1");
        prints(DIGITS_BY_4 + "  digits\n", "-rp4", path("digits"));
        prints(DIGITS_BY_4 + "  digits\n", "--part-size=4", "--", path("digits"));
        for (String whole : new String[] {"md5", "1KiB", "auto", "5gib", "sdk-java-2", "console"}) {
            prints(DIGITS + "  digits\n", path("digits"), "-p", whole);
        }
        prints(DIGITS_BY_4 + "  digits\n", path("digits"), "-p", "4", "--like", '"' + DIGITS_BY_4.toUpperCase(Locale.ROOT) + '"');
        prints(DIGITS_BY_4 + "  digits\n", path("digits"), "--like", DIGITS_BY_4);
    }

    @Test
    void jsonHasAllThatIsKnown() throws IOException {
        prints("{\"file\":\"digits\",\"etag\":\"" + DIGITS_BY_4 + "\",\"size\":9,\"parts\":3,\"partSize\":4,"
                + "\"checksums\":{\"crc32\":\"y/Q5Jg==\"},\"partChecksums\":{\"crc32\":\"+vEo6Q==-3\"}}\n",
                path("digits"), "--json", "-p", "4", "-s", "crc32");
        prints("{\"file\":\"digits\",\"etag\":\"" + DIGITS + "\",\"size\":9,\"partSize\":9}\n", path("digits"), "--json");
        prints("{\"file\":\"digits\",\"etag\":\"" + DIGITS_BY_4 + "\",\"parts\":3,\"partSize\":4,\"matches\":true}\n",
                path("digits"), "--json", "-l", DIGITS_BY_4);
        Files.writeString(folder.resolve("a\"\n\u0001é"), "");
        prints("{\"file\":\"a\\\"\\n\\u0001é\",\"etag\":\"" + EMPTY + "\",\"size\":0,\"partSize\":0}\n", path("a\"\n\u0001é"),
                "--json");
    }

    // Not through a folder that can't be read: root reads them all.
    @Test
    void anUnreadableDirectoryKeepsNoOtherFromBeingPrinted() {
        Tree tree = new Tree(folder);
        assertEquals(FileVisitResult.CONTINUE, tree.visitFileFailed(Path.of("locked"), new AccessDeniedException("locked")));
        assertEquals(FileVisitResult.CONTINUE, tree.postVisitDirectory(Path.of("gone"), new NoSuchFileException("gone")));
        assertEquals(List.of("locked can't be read: permission denied", "gone can't be read: there is no such file"), tree.unread());
        assertEquals(List.of(path("digits"), path("sub/empty")), tree.files());
    }

    @Test
    void aDifferentOrUnreadableFileExitsWith1AndTheOthersArePrinted() {
        assertEquals(new Run(1, DIGITS + "  digits\n",
                "nowhere can't be read: there is no such file\nsub can't be read: it is a directory: give --recursive\n"),
                run(path("nowhere"), path("sub"), path("digits")));
        assertEquals(new Run(1, DIGITS + "  digits\n", "digits differs from " + EMPTY + "\n"),
                run(path("digits"), "--like", EMPTY, "-p", "4KiB"));
        assertEquals(new Run(1, "", "digits differs from " + EMPTY
                + "-2, or was put with a part size that isn't likely: give --part-size\n"),
                run(path("digits"), "--like", EMPTY + "-2"));
        assertEquals(new Run(1, "{\"file\":\"digits\",\"matches\":false}\n", ""),
                run(path("digits"), "--json", "--like", EMPTY + "-2"));
        assertEquals(new Run(1, "", "a\\u0000b can't be read: no file can have this name\n"), run("a\u0000b"));
    }

    @Test
    void aNameThatJavaCantOpenIsAnErrorOfItsFileOnly() {
        assertEquals(new Run(1, DIGITS + "  digits\n",
                "a\ufffd can't be read: its name has bytes that aren't UTF-8, so Java can't open it: rename it\n"),
                run(path("a\ufffd"), path("digits")));
    }

    @Test
    void outputThatIsLostIsAnError() {
        StringWriter err = new StringWriter();
        Writer full = new Writer() {
            @Override
            public void write(char[] text, int from, int length) throws IOException {
                throw new IOException("No space left on device");
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        assertEquals(1, Main.run(new String[] {path("digits")}, full, err));
        assertEquals("The output couldn't be written in full: the disk may be full, or its reader has ended\n", err.toString());
    }

    @Test
    void usageErrorsExitWith2() {
        for (String[] call : new String[][] {
                {"Expected a FILE, - for standard input, or --check LIST"},
                {"Failed to validate \"--part-size 8MX\": must be auto, a client's name, or a size", "x", "--part-size", "8MX"},
                {"Failed to validate \"--part-size aws-cl\"", "x", "--part-size=aws-cl"},
                {"Failed to validate \"-p 0\"", "x", "-p", "0"},
                {"Failed to validate \"-p 6GiB\"", "x", "-p", "6GiB"},
                {"Failed to validate \"-p -t\"", "-p", "-t", "x"},
                {"Missing required argument for \"-p SIZE\"", "x", "-p"},
                {"--like: Expected an ETag such as", "x", "--like", "a b"},
                {"--like abc isn't an MD5 and has no number of parts", "x", "--like", "abc"},
                {"--check LIST names the files and their ETags: give no FILE", "x", "--check", "y"},
                {"--checksum needs --json", "x", "-s", "crc32"},
                {"--checksum with --like needs the --part-size", "x", "-s", "crc32", "--json", "--like", EMPTY},
                {"Failed to validate \"-s crc\": must be one of crc32, crc32c, crc64nvme, sha1, sha256\n", "x", "-s", "crc"},
                {"Failed to validate \"--threads 0\"", "x", "--threads", "0"},
                {"Failed to validate \"-t x\"", "x", "-tx"},
                {"The option --json takes no value, found --json=yes", "x", "--json=yes"},
                {"No option -z.\nNo option --recursiv. Did you mean --recursive?", "x", "-z", "--recursiv"}}) {
            Run run = run(Stream.of(call).skip(1).toArray(String[]::new));
            assertEquals(2, run.exit(), call[0]);
            assertEquals("", run.out(), call[0]);
            assertTrue(run.err().startsWith(call[0]), run.err());
        }
        assertTrue(run("--zzz").err().endsWith("--help            Print this\n"));
    }

    @Test
    void helpNamesEveryOptionAndClient() {
        Run help = run("--recursiv", "-h");
        assertEquals(0, help.exit());
        assertEquals(CommandOptions.usage(), help.out());
        for (UploadClient client : UploadClient.values()) {
            String name = client.name().toLowerCase(Locale.ROOT).replace('_', '-');
            assertEquals(client != UploadClient.AWS_CLI, help.out().contains(name), name);
        }
    }

    @Test
    void theProgramNeedsNoClojureAndReadsAPipeOrAFile() throws IOException, InterruptedException {
        assertFalse(classes().contains("clojure"));
        String expected = DIGITS_BY_4 + "  -\n";
        assertEquals(expected, output(java("-", "-p", "4"), "123456789"));
        assertEquals(expected, output(java("-", "-p", "4").redirectInput(folder.resolve("digits").toFile()), ""));
        assertEquals(DIGITS + "  " + path("digits") + "\n", output(java("--recursive", folder.resolve("digits").toString()), ""));
        assertEquals("The size of - isn't known before its end, so a part size can't be inferred: give --part-size\n",
                output(java("-", "--like", DIGITS_BY_4), "123456789"));
        assertEquals("-: OK\n", output(java("--check", path("list"), "-t", "1").redirectInput(listOfStandardInput()), ""));
    }

    private File listOfStandardInput() throws IOException {
        Files.writeString(folder.resolve("list"), DIGITS + "  -\n");
        return folder.resolve("digits").toFile();
    }

    private static String classes() {
        return Main.class.getProtectionDomain().getCodeSource().getLocation().getPath();
    }

    private static ProcessBuilder java(String... arguments) {
        List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java", "-XX:TieredStopAtLevel=1", "-cp",
                classes(), Main.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command);
    }
}
