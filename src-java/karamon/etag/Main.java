package karamon.etag;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import karamon.text.Escaped;

/**
 * The command {@code etag}: prints the ETags of files in the format of md5sum, or compares them. Exit codes: 0 success; 1 if an
 * ETag differs or a file can't be read, though the other files are processed all the same; 2 usage error. Loads no class of
 * Clojure, and none that makes the start slow.
 */
public final class Main {
    private final CommandOptions options;
    private final FileHasher hasher;
    private final Writer out;
    private final Writer err;
    private boolean failed;

    private Main(CommandOptions options, Writer out, Writer err, Lanes lanes) {
        this.options = options;
        this.out = out;
        this.err = err;
        hasher = new FileHasher(options, Boolean.getBoolean("karamon.terminal"), out, lanes);
    }

    /**
     * Runs the command and ends the JVM with its exit code. Shows progress on standard error if the system property
     * {@code karamon.terminal} is true.
     *
     * @param arguments the command's arguments
     */
    public static void main(String[] arguments) {
        Charset charset = Charset.defaultCharset();
        int code = run(arguments, new OutputStreamWriter(new FileOutputStream(FileDescriptor.out), charset),
                new OutputStreamWriter(new FileOutputStream(FileDescriptor.err), charset), Lanes.ofCommand());
        System.exit(code);
    }

    /**
     * Runs the command.
     *
     * @param arguments the command's arguments
     * @param out receives the results
     * @param err receives the errors
     * @return the exit code
     */
    public static int run(String[] arguments, Writer out, Writer err) {
        return run(arguments, out, err, Lanes.SHARED);
    }

    private static int run(String[] arguments, Writer out, Writer err, Lanes lanes) {
        int code;
        try {
            code = call(arguments, out, err, lanes);
            out.flush();
            err.flush();
        } catch (IOException e) {
            code = 1;
            printLost(err);
        }
        return code;
    }

    private static void printLost(Writer err) {
        try {
            err.write("The output couldn't be written in full: the disk may be full, or its reader has ended\n");
            err.flush();
        } catch (IOException e) {
            // The exit code is what is left to report with.
        }
    }

    private static int call(String[] arguments, Writer out, Writer err, Lanes lanes) throws IOException {
        try {
            CommandOptions options = CommandParser.parse(arguments);
            if (options.help()) {
                out.write(CommandOptions.usage());
                return 0;
            }
            Main command = new Main(options, out, err, lanes);
            if (options.list() == null) {
                command.hashAll();
            } else {
                command.check();
            }
            return command.failed ? 1 : 0;
        } catch (UsageError | CommandFailure e) {
            out.flush();
            err.write(Escaped.text(e.getMessage()) + "\n");
            return e instanceof UsageError ? 2 : 1;
        }
    }

    private void hashAll() throws IOException {
        List<List<String>> found = new ArrayList<>();
        for (String name : options.files()) {
            found.add(isTree(name) ? filesBelow(Path.of(name)) : List.of(name));
        }
        for (List<String> files : found) {
            for (String file : files) {
                hash(file, options.like());
            }
        }
    }

    private List<String> filesBelow(Path directory) throws IOException {
        Tree tree = new Tree(directory);
        for (String message : tree.unread()) {
            printError(message);
        }
        return tree.files();
    }

    private boolean isTree(String name) {
        return options.recursive() && !name.equals("-") && Files.isDirectory(FileHasher.path(name));
    }

    private void hash(String file, String like) throws IOException {
        try {
            print(file, hasher.hash(file, like), like);
        } catch (CommandFailure e) {
            if (options.list() != null && !options.json()) {
                out.write(ListLine.line("", file, ": FAILED") + "\n");
            }
            printError(e.getMessage());
        }
    }

    private void print(String file, Hashed hashed, String like) throws IOException {
        boolean matches = hashed.matches() == null || hashed.matches();
        if (options.json()) {
            out.write(hashed.json(file) + "\n");
        } else if (options.list() != null) {
            out.write(ListLine.line("", file, matches ? ": OK" : ": FAILED") + "\n");
        } else if (hashed.found() != null) {
            out.write(new ListLine(hashed.found().etag().text(), file).text() + "\n");
        }
        if (matches) {
            return;
        }
        failed = true;
        if (!options.json()) {
            boolean unlikely = options.layout() == null && ETag.parse(like).parts() > 0;
            printError(file + " differs from " + like
                    + (unlikely ? ", or was put with a part size that isn't likely: give --part-size" : ""));
        }
    }

    private void printError(String message) throws IOException {
        failed = true;
        out.flush();
        err.write(Escaped.line(message) + "\n");
        err.flush();
    }

    private void check() throws IOException {
        List<String> lines = new ArrayList<>();
        boolean any = false;
        for (String line : text(options.list()).split("\n")) {
            String text = line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
            if (!text.isBlank()) {
                lines.add(text);
                any |= ListLine.parse(text) != null;
            }
        }
        if (!any) {
            throw new CommandFailure(options.list() + " has no line such as \"9b2cf535f27731c974343645a3985328-2  disk.img\"");
        }
        for (String text : lines) {
            ListLine line = ListLine.parse(text);
            if (line == null) {
                printError(options.list() + " has a line that isn't an ETag and a name: " + text);
            } else {
                hash(line.file(), line.etag());
            }
        }
    }

    private static String text(String list) {
        try {
            if (!list.equals("-")) {
                return new String(Files.readAllBytes(FileHasher.path(list)), StandardCharsets.UTF_8);
            }
            try (InputStream in = new FileInputStream(FileDescriptor.in)) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            }
        } catch (IOException e) {
            throw new CommandFailure("Can't read the list " + list);
        }
    }
}
