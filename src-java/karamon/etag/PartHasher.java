package karamon.etag;

import java.io.IOException;
import java.security.MessageDigest;

/** One thread's work on the parts of a source: claims parts, and hashes them, in lanes if that pays. */
final class PartHasher implements Crew.Work {
    /** Bytes of each lane that are read and hashed in turn. Those of all lanes together fit in a core's cache. */
    static final int SLAB = 16 * 1024;
    // Room for the padding after a slab. It also makes lanes begin at different addresses modulo a page, so that they don't
    // compete for cache lines.
    private static final int STRIDE = SLAB + 2 * Md5.BLOCK;
    private static final int BUFFER = 128 * 1024;
    private static final int ENOUGH_SLABS = 16;

    // After this many bytes of each part, a thread may continue with other parts.
    private static final int PIECE = 8 * SLAB;

    private final Source source;
    private final Claims claims;
    private final byte[][][] digests;
    private final Lanes lanes;
    private final Watch watch;
    private final Runnable preparation;
    private final MessageDigest md5 = Digests.md5();
    private byte[] bytes;

    /** @param preparation is run before the first part; null for nothing */
    PartHasher(Source source, Claims claims, byte[][][] digests, Lanes lanes, Watch watch, Runnable preparation) {
        this.source = source;
        this.claims = claims;
        this.digests = digests;
        this.lanes = lanes;
        this.watch = watch;
        this.preparation = preparation;
        bytes = new byte[(int) Math.min(BUFFER, Math.max(1, source.size()))];
    }

    /** Works until there are no more parts, or another thread failed. */
    @Override
    public void run() throws IOException {
        if (preparation != null) {
            preparation.run();
        }
        for (PartGroup group = claims.next(null, lanes.choice()); group != null; ) {
            group = claims.next(hash(group) ? null : group, lanes.choice());
        }
    }

    /** Hashes a piece of a group, and returns whether it was the last one. */
    private boolean hash(PartGroup group) throws IOException {
        Claims.Claim claim = group.claim;
        if (group.kernel == null) {
            for (int i = 0; i < claim.count(); i++) {
                digests[claim.layout()][claim.first() + i] = one(claim.offset() + i * claim.length(), claim.length());
            }
            return true;
        }
        inLanes(group);
        if (group.left() >= 0) {
            return false;
        }
        for (int lane = 0; lane < claim.count(); lane++) {
            digests[claim.layout()][claim.first() + lane] = group.kernel.digest(lane);
        }
        // The best of many measurements: during others, the thread may have waited for a core.
        if (claim.length() >= ENOUGH_SLABS * SLAB) {
            lanes.report(group.choice, group.best);
        }
        return true;
    }

    private byte[] one(long offset, long length) throws IOException {
        for (long done = 0; done < length; ) {
            int n = (int) Math.min(bytes.length, length - done);
            source.read(offset + done, bytes, 0, n);
            md5.update(bytes, 0, n);
            watch.hashed(n);
            done += n;
        }
        return md5.digest();
    }

    private void inLanes(PartGroup group) throws IOException {
        Claims.Claim claim = group.claim;
        long length = claim.length();
        long end = Math.min(length + 1, group.done + PIECE);
        if (bytes.length < group.choice.lanes() * STRIDE) {
            bytes = new byte[group.choice.lanes() * STRIDE];
        }
        for (; group.done < end; group.done += SLAB) {
            int n = (int) Math.min(SLAB, length - group.done);
            int blocks = n / Md5.BLOCK;
            for (int lane = 0; lane < claim.count(); lane++) {
                source.read(claim.offset() + lane * length + group.done, bytes, lane * STRIDE, n);
                if (n < SLAB) {
                    int at = lane * STRIDE + n / Md5.BLOCK * Md5.BLOCK;
                    blocks = n / Md5.BLOCK + Md5.pad(bytes, at, lane * STRIDE + n, length);
                }
            }
            long start = System.nanoTime();
            group.kernel.update(bytes, STRIDE, blocks);
            if (n == SLAB) {
                group.best = Math.min(group.best, (System.nanoTime() - start) / ((double) SLAB * claim.count()));
            }
            watch.hashed((long) n * claim.count());
        }
    }
}
