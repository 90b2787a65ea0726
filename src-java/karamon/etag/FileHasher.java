package karamon.etag;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.Flushable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Set;
import karamon.text.Escaped;

/** Hashes the files that the command line names. */
final class FileHasher {
    private static final int LIKELY = 16;
    private static final int SMALL = 1 << 20;

    private final CommandOptions options;
    private final boolean terminal;
    private final Flushable results;
    private final Lanes lanes;

    /**
     * Makes a hasher.
     *
     * @param terminal whether to show progress on standard error
     * @param results is flushed before anything that takes long
     * @param lanes hash large files
     */
    FileHasher(CommandOptions options, boolean terminal, Flushable results, Lanes lanes) {
        this.options = options;
        this.terminal = terminal;
        this.results = results;
        this.lanes = lanes;
    }

    /** What is hashed: a file, an open file, or a stream. Its size is -1 if unknown. */
    private record Input(Path file, FileChannel channel, InputStream stream, long size) {
        Hashes hashes(ETagHasher hasher, List<PartLayout> layouts) throws IOException {
            if (stream != null) {
                return hasher.stream(stream, layouts);
            }
            return channel == null ? hasher.file(file, layouts) : hasher.channel(channel, "The file", layouts);
        }
    }

    /**
     * Hashes a file.
     *
     * @param name the file's name, - for standard input
     * @param like the wanted ETag; null if none is
     * @throws CommandFailure when it can't be hashed
     */
    Hashed hash(String name, String like) {
        try {
            Input input = input(name);
            if (input.size < 0 || input.size > SMALL) {
                results.flush();
            }
            ETag wanted = like == null ? null : ETag.parse(like);
            if (wanted != null && options.layout() == null) {
                return matching(name, input, wanted);
            }
            LayoutChoice choice = options.layout() == null ? LayoutChoice.AUTO : options.layout();
            Hashes hashes = hashes(name, input, List.of(choice.layout(Math.max(0, input.size))), input.size, options.checksums());
            Hashes.OfLayout found = hashes.layouts().get(0);
            return new Hashed(found, hashes.size(), hashes.checksums(), wanted == null ? null : wanted.equals(found.etag()));
        } catch (SourceChanged | IllegalArgumentException e) {
            throw new CommandFailure(e.getMessage());
        } catch (IOException e) {
            throw new CommandFailure(unreadable(name, e));
        }
    }

    // The likeliest layout first: it usually matches, and trying one costs as much as trying all the others.
    private Hashed matching(String name, Input input, ETag wanted) throws IOException {
        if (input.size < 0) {
            throw new CommandFailure("The size of " + name
                    + " isn't known before its end, so a part size can't be inferred: give --part-size");
        }
        List<PartLayout> likely = PartSizes.likely(wanted, input.size, LIKELY);
        for (int from = 0; from < likely.size(); from = from == 0 ? 1 : likely.size()) {
            List<PartLayout> layouts = likely.subList(from, from == 0 ? 1 : likely.size());
            for (Hashes.OfLayout of : hashes(name, input, layouts, -1, Set.of()).layouts()) {
                if (of.etag().equals(wanted)) {
                    return new Hashed(of, -1, null, true);
                }
            }
        }
        return new Hashed(null, -1, null, false);
    }

    private Hashes hashes(String name, Input input, List<PartLayout> layouts, long shown, Set<Checksum> checksums)
            throws IOException {
        if (!terminal) {
            return input.hashes(new ETagHasher(options.threads(), checksums, Watch.NONE, lanes), layouts);
        }
        ProgressBar bar = new ProgressBar(System.err, Escaped.line(name), shown);
        try {
            Watch watch = new Watch(bar, Watch.NONE.cancelled());
            return input.hashes(new ETagHasher(options.threads(), checksums, watch, lanes), layouts);
        } finally {
            bar.end();
        }
    }

    private static Input input(String name) throws IOException {
        if (name.equals("-")) {
            FileChannel channel = new FileInputStream(FileDescriptor.in).getChannel();
            return isAtStart(channel) ? new Input(null, channel, null, channel.size()) : new Input(null, null, System.in, -1);
        }
        Path file = path(name);
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        if (attributes.isDirectory()) {
            throw new CommandFailure(name + " can't be read: it is a directory: give --recursive");
        }
        return new Input(file, null, null, attributes.isRegularFile() ? attributes.size() : -1);
    }

    private static boolean isAtStart(FileChannel channel) {
        try {
            return channel.position() == 0 && channel.size() > 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** Returns the path of a name; throws {@link CommandFailure} if no file can have the name. */
    static Path path(String name) {
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            throw new CommandFailure(name + " can't be read: no file can have this name");
        }
    }

    /** Returns the message for a file or directory that can't be read. */
    static String unreadable(String name, IOException e) {
        return name + " can't be read: " + why(name, e);
    }

    private static String why(String name, IOException e) {
        if (e instanceof NoSuchFileException) {
            return name.indexOf('\ufffd') < 0
                    ? "there is no such file"
                    : "its name has bytes that aren't UTF-8, so Java can't open it: rename it";
        }
        return e instanceof AccessDeniedException ? "permission denied" : e.getMessage();
    }
}
