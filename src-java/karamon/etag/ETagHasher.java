package karamon.etag;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Computes ETags, for several layouts in one pass, and the checksums that S3 keeps. Sources that can be read at any position
 * are hashed part by part on all threads; each thread hashes many parts at once in lanes, once that is measured to be faster.
 * Streams, and any source with checksums, are hashed in order. Needs at most some 2 MB of memory per thread, for any size.
 *
 * <p>Safe for many threads. Starts daemon threads, which end with each call, and once per JVM a thread that prepares the lanes.
 */
public final class ETagHasher {
    // Up to this size, a file is read at once: that costs less than mapping it.
    private static final int SMALL = 64 << 10;

    private final int threads;
    private final Set<Checksum> checksums;
    private final Watch watch;
    private final Lanes lanes;

    /**
     * Makes a hasher.
     *
     * @param threads the number of threads that hash, at least 1
     * @param checksums the checksums to compute as well; may be empty
     * @param watch receives the progress and may cancel, or {@link Watch#NONE}
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
     * Hashes a file. If it isn't a regular file, but for example a named pipe, hashes it as a stream.
     *
     * @param file its path
     * @param layouts at least one
     * @return an ETag for each layout, and the checksums
     * @throws SourceChanged when the file shrank, grew or was written to meanwhile
     * @throws IOException when it can't be read
     * @throws IllegalArgumentException when a layout doesn't fit its size
     * @throws java.util.concurrent.CancellationException when the watch cancelled
     */
    public Hashes file(Path file, List<PartLayout> layouts) throws IOException {
        BasicFileAttributes before = Files.readAttributes(file, BasicFileAttributes.class);
        if (!before.isRegularFile()) {
            try (InputStream in = Files.newInputStream(file)) {
                return stream(in, layouts);
            }
        }
        Hashes hashes = before.size() <= SMALL ? small(file, before.size(), layouts) : large(file, layouts);
        if (!Files.getLastModifiedTime(file).equals(before.lastModifiedTime())) {
            throw new SourceChanged(file + " was written to while it was hashed");
        }
        return hashes;
    }

    private Hashes large(Path file, List<PartLayout> layouts) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            return channel(channel, file.toString(), layouts);
        }
    }

    private Hashes small(Path file, long size, List<PartLayout> layouts) throws IOException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes((int) size + 1);
        }
        if (bytes.length != size) {
            throw changed(file.toString(), size, bytes.length);
        }
        return bytes(bytes, layouts);
    }

    /**
     * Hashes all of an open file, from its beginning. Doesn't change the channel's position.
     *
     * @param channel open for reading; stays open
     * @param name the file's name in errors
     * @param layouts at least one
     * @return an ETag for each layout, and the checksums
     * @throws SourceChanged when the file shrank or grew meanwhile
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
            // A mapped page is gone: the file was truncated, or its disk failed.
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
     * @param bytes must not be changed meanwhile
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
     * Hashes the rest of a stream.
     *
     * @param in read to its end; stays open
     * @param layouts at least one. As the size isn't known beforehand, a layout is refused if it puts objects larger than a part
     *     in one piece
     * @return an ETag for each layout, and the checksums
     * @throws IOException when it can't be read
     * @throws IllegalArgumentException when a layout is refused, or doesn't fit the size
     * @throws java.util.concurrent.CancellationException when the watch cancelled
     */
    public Hashes stream(InputStream in, List<PartLayout> layouts) throws IOException {
        for (PartLayout layout : checked(layouts)) {
            // Up to the part size there is one part, and its MD5 is the object's.
            if (layout.multipartFrom() - 1 > layout.partSize()) {
                throw new IllegalArgumentException("A stream is put in parts of " + layout.partSize() + " bytes only from "
                        + layout.multipartFrom() + " bytes on, and its size is unknown: give a part size");
            }
        }
        return new OnePass(layouts, checksums).hash(bytes -> in.readNBytes(bytes, 0, bytes.length), threads, watch);
    }

    private static List<PartLayout> checked(List<PartLayout> layouts) {
        if (layouts.isEmpty()) {
            throw new IllegalArgumentException("Expected at least one layout, found none");
        }
        return layouts;
    }

    private Hashes hash(Source source, List<PartLayout> layouts) throws IOException {
        long size = source.size();
        List<PartLayout> resolved = new ArrayList<>();
        List<long[]> lengths = new ArrayList<>();
        for (PartLayout layout : checked(layouts)) {
            resolved.add(layout.resolved(size));
            lengths.add(layout.resolved(size).lengths(size));
        }
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
        byte[][][] md5s = new byte[lengths.size()][][];
        int maxParts = 0;
        int parts = 0;
        for (int i = 0; i < md5s.length; i++) {
            md5s[i] = new byte[lengths.get(i).length][];
            maxParts = Math.max(maxParts, md5s[i].length);
            parts += md5s[i].length;
        }
        Runnable preparation = lanes.prepare(source.size() * lengths.size(), maxParts, threads);
        Claims claims = new Claims(lengths, threads);
        Crew crew = new Crew();
        Watch watched = crew.watch(watch);
        List<Crew.Work> work = new ArrayList<>();
        for (int i = 0; i < Math.min(threads, parts); i++) {
            work.add(new PartHasher(source, claims, md5s, lanes, watched, i == 0 ? preparation : null));
        }
        crew.run(work);
        List<Hashes.OfLayout> all = new ArrayList<>();
        for (int i = 0; i < md5s.length; i++) {
            all.add(Hashes.OfLayout.of(layouts.get(i), source.size(), lengths.get(i), List.of(md5s[i]), Map.of()));
        }
        return new Hashes(source.size(), all, Map.of());
    }
}
