package karamon.etag;

import java.io.IOException;
import java.security.MessageDigest;

/** One thread's work on the parts of a source: it claims some, and hashes them in lanes where that pays. */
final class PartHasher {
    /** Bytes of each lane that are read and hashed in turn: all lanes' together stay in a core's cache. */
    static final int SLAB = 16 * 1024;
    // The padding goes behind a slab. And lanes that begin at other addresses modulo a page don't share lines of the cache.
    private static final int STRIDE = SLAB + 2 * Md5.BLOCK;
    private static final int BUFFER = 128 * 1024;
    private static final int ENOUGH_SLABS = 16;

    private final Source source;
    private final Claims claims;
    private final byte[][][] digests;
    private final int threads;
    private final Lanes lanes;
    private final Watch watch;
    private final MessageDigest md5 = Digests.md5();
    private byte[] bytes = new byte[BUFFER];
    private Lanes.Choice choice = Lanes.Choice.NONE;
    private LaneMd5 kernel;

    PartHasher(Source source, Claims claims, byte[][][] digests, int threads, Lanes lanes, Watch watch) {
        this.source = source;
        this.claims = claims;
        this.digests = digests;
        this.threads = threads;
        this.lanes = lanes;
        this.watch = watch;
    }

    /** Works until there are no more parts, or another thread failed. */
    void run() throws IOException {
        take(lanes.choice());
        for (Claims.Claim claim = claims.next(choice.lanes(), threads); claim != null; claim = claims.next(choice.lanes(), threads)) {
            hash(claim);
            take(lanes.choice());
        }
    }

    private void take(Lanes.Choice now) {
        if (now != choice) {
            choice = now;
            kernel = now.kernel() == null ? null : now.kernel().get();
            bytes = new byte[Math.max(BUFFER, now.lanes() * STRIDE)];
        }
    }

    private void hash(Claims.Claim claim) throws IOException {
        if (claim.count() >= choice.least()) {
            inLanes(claim);
            return;
        }
        for (int i = 0; i < claim.count(); i++) {
            digests[claim.layout()][claim.first() + i] = one(claim.offset() + i * claim.length(), claim.length());
        }
    }

    private byte[] one(long offset, long length) throws IOException {
        for (long done = 0; done < length; ) {
            int n = (int) Math.min(BUFFER, length - done);
            source.read(offset + done, bytes, 0, n);
            md5.update(bytes, 0, n);
            watch.hashed(n);
            done += n;
        }
        return md5.digest();
    }

    private void inLanes(Claims.Claim claim) throws IOException {
        long length = claim.length();
        double best = Double.MAX_VALUE;
        kernel.begin();
        for (long done = 0; done <= length; done += SLAB) {
            int n = (int) Math.min(SLAB, length - done);
            int blocks = n / Md5.BLOCK;
            for (int lane = 0; lane < claim.count(); lane++) {
                source.read(claim.offset() + lane * length + done, bytes, lane * STRIDE, n);
                if (n < SLAB) {
                    int at = lane * STRIDE + n / Md5.BLOCK * Md5.BLOCK;
                    blocks = n / Md5.BLOCK + Md5.pad(bytes, at, lane * STRIDE + n, length);
                }
            }
            long start = System.nanoTime();
            kernel.update(bytes, STRIDE, blocks);
            best = n == SLAB ? Math.min(best, (System.nanoTime() - start) / ((double) SLAB * claim.count())) : best;
            watch.hashed((long) n * claim.count());
        }
        for (int lane = 0; lane < claim.count(); lane++) {
            digests[claim.layout()][claim.first() + lane] = kernel.digest(lane);
        }
        // The best of many, as the others may have waited for a core.
        if (length >= ENOUGH_SLABS * SLAB) {
            lanes.took(choice, best);
        }
    }
}
