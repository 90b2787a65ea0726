package karamon.etag;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Computes ETags, of several layouts in one pass, and the checksums that S3 keeps. What can be read at any position is
 * hashed part by part on all threads, and many parts at a time in the lanes of each thread once that is found to be faster;
 * streams, and whatever checksums are asked of, in their order. Holds no more than some 2 MB for each thread, whatever the size.
 *
 * <p>May be used by several threads at once. Starts daemon threads, which end with each call, and once in a JVM one that
 * prepares the lanes.
 */
public final class ETagHasher {
    /** Bytes from which on it is worth to prepare the lanes, which takes a second or two of a core. */
    static final long WORTH_LANES = 256L << 20;
    // As few parts as may pay at all.
    private static final int FEWEST_PARTS = 5;

    private final int threads;
    private final Set<Checksum> checksums;
    private final Watch watch;
    private final Lanes lanes;

    /**
     * Makes a hasher.
     *
     * @param threads how many hash at a time, at least 1
     * @param checksums what to compute besides; may be empty
     * @param watch who is told of the progress, or {@link Watch#NONE}
     * @throws IllegalArgumentException when there are no threads
     */
    public ETagHasher(int threads, Set<Checksum> checksums, Watch watch) {
        this(threads, checksums, watch, Lanes.SHARED);
    }

    ETagHasher(int threads, Set<Checksum> checksums, Watch watch, Lanes lanes) {
        if (threads < 1) {
            throw new IllegalArgumentException("Expected at least 1 thread, found " + threads);
        }
        this.threads = threads;
        this.checksums = checksums.isEmpty() ? Set.of() : EnumSet.copyOf(checksums);
        this.watch = Objects.requireNonNull(watch, "watch");
        this.lanes = lanes;
    }

    /**
     * Hashes a file; one that is no regular file, such as a named pipe, as a stream.
     *
     * @param file its path
     * @param layouts at least one
     * @return an ETag for each layout, and the checksums
     * @throws SourceChanged when the file was shortened, lengthened or written to meanwhile
     * @throws IOException when it can't be read
     * @throws IllegalArgumentException when a layout doesn't fit its size
     * @throws java.util.concurrent.CancellationException when the watch cancelled
     */
    public Hashes file(Path file, List<PartLayout> layouts) throws IOException {
        if (!Files.isRegularFile(file)) {
            try (InputStream in = Files.newInputStream(file)) {
                return stream(in, layouts);
            }
        }
        FileTime written = Files.getLastModifiedTime(file);
        try (FileChannel channel = FileChannel.open(file)) {
            Hashes hashes = channel(channel, file.toString(), layouts);
            if (!Files.getLastModifiedTime(file).equals(written)) {
                throw new SourceChanged(file + " was written to while it was hashed");
            }
            return hashes;
        }
    }

    /**
     * Hashes all of an open file, from its beginning; the channel's position is left alone.
     *
     * @param channel open for reading; stays open
     * @param name what to call it in an error
     * @param layouts at least one
     * @return an ETag for each layout, and the checksums
     * @throws SourceChanged when the file was shortened or lengthened meanwhile
     * @throws IOException when it can't be read
     * @throws IllegalArgumentException when a layout doesn't fit its size
     * @throws java.util.concurrent.CancellationException when the watch cancelled
     */
    public Hashes channel(FileChannel channel, String name, List<PartLayout> layouts) throws IOException {
        long size = channel.size();
        Hashes hashes;
        try (FileSource source = new FileSource(channel, size, checksums.isEmpty() ? layouts.size() : 1)) {
            hashes = hash(source, layouts);
        } catch (EOFException e) {
            throw changed(name, size, channel.size());
        } catch (InternalError e) {
            // A mapped page was gone: the file was cut off, or its disk failed.
            if (channel.size() < size) {
                throw changed(name, size, channel.size());
            }
            throw new IOException(name + " can't be read: " + e.getMessage(), e);
        }
        if (channel.size() != size) {
            throw changed(name, size, channel.size());
        }
        return hashes;
    }

    private static SourceChanged changed(String name, long size, long now) {
        return new SourceChanged(name + (now < size ? " shrank from " : " grew from ") + size + " to " + now
                + " bytes while it was hashed");
    }

    /**
     * Hashes bytes.
     *
     * @param bytes which nobody changes meanwhile
     * @param layouts at least one
     * @return an ETag for each layout, and the checksums
     * @throws IllegalArgumentException when a layout doesn't fit their count
     * @throws java.util.concurrent.CancellationException when the watch cancelled
     */
    public Hashes bytes(byte[] bytes, List<PartLayout> layouts) {
        try {
            return hash(new BytesSource(bytes), layouts);
        } catch (IOException e) {
            throw new AssertionError("memory can be read", e);
        }
    }

    /**
     * Hashes what a stream has left.
     *
     * @param in read to its end; stays open
     * @param layouts at least one. As the size isn't known before, a layout is refused that puts objects whole which are
     *     larger than a part
     * @return an ETag for each layout, and the checksums
     * @throws IOException when it can't be read
     * @throws IllegalArgumentException when a layout is such, or doesn't fit the size
     * @throws java.util.concurrent.CancellationException when the watch cancelled
     */
    public Hashes stream(InputStream in, List<PartLayout> layouts) throws IOException {
        for (PartLayout layout : checked(layouts)) {
            // Up to the part size there is one part, whose MD5 is that of the whole.
            if (layout.multipartFrom() - 1 > layout.partSize()) {
                throw new IllegalArgumentException("Whether a stream is put in parts of " + layout.partSize()
                        + " bytes is known from its size alone, from " + layout.multipartFrom() + " bytes on: give a part size");
            }
        }
        return new OnePass(layouts, checksums).hash(bytes -> in.readNBytes(bytes, 0, bytes.length), threads, watch);
    }

    private static List<PartLayout> checked(List<PartLayout> layouts) {
        if (layouts.isEmpty()) {
            throw new IllegalArgumentException("Expected a layout at least, found none");
        }
        return layouts;
    }

    private Hashes hash(Source source, List<PartLayout> layouts) throws IOException {
        long size = source.size();
        List<PartLayout> resolved = checked(layouts).stream().map(layout -> layout.resolved(size)).toList();
        List<long[]> lengths = resolved.stream().map(layout -> layout.lengths(size)).toList();
        return checksums.isEmpty() ? inParts(source, resolved, lengths) : inOrder(source, resolved);
    }

    private Hashes inOrder(Source source, List<PartLayout> layouts) throws IOException {
        long[] done = new long[1];
        return new OnePass(layouts, checksums).hash(into -> {
            int n = (int) Math.min(into.length, source.size() - done[0]);
            source.read(done[0], into, 0, n);
            done[0] += n;
            return n;
        }, threads, watch);
    }

    private Hashes inParts(Source source, List<PartLayout> layouts, List<long[]> lengths) throws IOException {
        byte[][][] md5s = lengths.stream().map(parts -> new byte[parts.length][]).toArray(byte[][][]::new);
        int most = lengths.stream().mapToInt(parts -> parts.length).max().orElseThrow();
        if (source.size() >= WORTH_LANES && most >= FEWEST_PARTS) {
            lanes.warmUp();
        }
        Claims claims = new Claims(lengths, threads);
        Crew crew = new Crew();
        Watch watched = crew.watch(watch);
        List<Crew.Work> work = new ArrayList<>();
        int parts = Arrays.stream(md5s).mapToInt(each -> each.length).sum();
        for (int i = 0; i < Math.min(threads, parts); i++) {
            work.add(new PartHasher(source, claims, md5s, lanes, watched)::run);
        }
        crew.run(work);
        List<Hashes.OfLayout> all = new ArrayList<>();
        for (int i = 0; i < md5s.length; i++) {
            all.add(Hashes.OfLayout.of(layouts.get(i), source.size(), lengths.get(i), List.of(md5s[i]), Map.of()));
        }
        return new Hashes(source.size(), all, Map.of());
    }
}
