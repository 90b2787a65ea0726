package karamon.etag;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Hashes bytes in order and computes all sums in parallel: while one piece is read, the one before is hashed. */
final class OnePass {
    private static final int PIECE = 1 << 20;

    private final List<PartLayout> layouts;
    private final List<PartSums> md5s = new ArrayList<>();
    private final Map<Checksum, PartSums> full = new EnumMap<>(Checksum.class);
    private final List<Map<Checksum, PartSums>> composite = new ArrayList<>();
    private final List<PartSums> sums = new ArrayList<>();
    private long size;

    /** The source of the bytes. */
    interface Reader {
        /** Reads some bytes and returns their number, less than 1 at the end. */
        int read(byte[] into) throws IOException;
    }

    OnePass(List<PartLayout> layouts, Set<Checksum> checksums) {
        this.layouts = layouts;
        for (PartLayout layout : layouts) {
            md5s.add(added(new DigestSum(Digests.md5()), layout));
            Map<Checksum, PartSums> parts = new EnumMap<>(Checksum.class);
            for (Checksum checksum : checksums) {
                if (checksum.isComposite()) {
                    parts.put(checksum, added(checksum.sum(), layout));
                }
            }
            composite.add(parts);
        }
        for (Checksum checksum : checksums) {
            full.put(checksum, added(checksum.sum(), PartLayout.whole()));
        }
    }

    private PartSums added(Sum sum, PartLayout layout) {
        PartSums parts = new PartSums(sum, layout);
        sums.add(parts);
        return parts;
    }

    /**
     * Hashes all bytes of a reader.
     *
     * @param threads the number of threads that hash while the calling one reads; with 1, the calling thread does both in turn
     */
    Hashes hash(Reader reader, int threads, Watch watch) throws IOException {
        ExecutorService pool = threads == 1 ? null : Executors.newFixedThreadPool(Math.min(threads, sums.size()), OnePass::daemon);
        try {
            byte[] piece = new byte[PIECE];
            byte[] next = new byte[PIECE];
            for (int n = reader.read(piece); n > 0; ) {
                List<Future<?>> updates = update(piece, n, pool);
                size += n;
                watch.hashed((long) n * layouts.size());
                n = reader.read(next);
                await(updates);
                byte[] done = piece;
                piece = next;
                next = done;
            }
            return hashes();
        } finally {
            if (pool != null) {
                pool.shutdownNow();
            }
        }
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "karamon-etag");
        thread.setDaemon(true);
        return thread;
    }

    private List<Future<?>> update(byte[] piece, int length, ExecutorService pool) {
        List<Future<?>> updates = new ArrayList<>();
        for (PartSums parts : sums) {
            if (pool == null) {
                parts.update(piece, length);
            } else {
                updates.add(pool.submit(() -> parts.update(piece, length)));
            }
        }
        return updates;
    }

    private static void await(List<Future<?>> updates) throws IOException {
        try {
            for (Future<?> update : updates) {
                update.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("Hashing was interrupted");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IllegalArgumentException tooMany) {
                throw new IllegalArgumentException(tooMany.getMessage(), tooMany);
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private Hashes hashes() {
        List<Hashes.OfLayout> all = new ArrayList<>();
        for (int i = 0; i < layouts.size(); i++) {
            PartLayout layout = layouts.get(i);
            long[] lengths = layout.lengths(size);
            Map<Checksum, String> written = new EnumMap<>(Checksum.class);
            if (layout.isMultipart(size)) {
                composite.get(i).forEach((checksum, parts) -> written.put(checksum, checksum.composite(parts.end())));
            }
            all.add(Hashes.OfLayout.of(layout, size, lengths, md5s.get(i).end(), written));
        }
        Map<Checksum, String> whole = new EnumMap<>(Checksum.class);
        full.forEach((checksum, parts) -> whole.put(checksum, Checksum.format(parts.end().get(0))));
        return new Hashes(size, all, whole);
    }
}
