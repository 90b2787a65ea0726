package karamon.etag;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * Chooses how to hash many parts at a time. A kernel that HotSpot hasn't compiled is far slower than the JDK's MD5, and some
 * machines have no vectors: so each is warmed up aside, checked, and taken only while it is measured to be faster.
 */
final class Lanes {
    /** The lanes of this JVM, whose compiled code all hashers share. */
    static final Lanes SHARED = new Lanes(Choice.NONE);

    // What changing over must gain, since what is measured here has the caches to itself.
    private static final double GAIN = 1.3;
    private static final int BYTES = 4096;
    private static final int STRIDE = BYTES + 2 * Md5.BLOCK;
    private static final long WARM_UP_NANOS = 6_000_000_000L;

    private volatile Choice choice;
    private boolean started;

    Lanes(Choice choice) {
        this.choice = choice;
    }

    /**
     * What is taken now.
     *
     * @param kernel makes one for a thread; null for the JDK's MD5
     * @param lanes how many messages it takes at a time
     * @param least from how many messages on it pays
     * @param nanosPerByte what the JDK's MD5 takes for a byte
     */
    record Choice(Supplier<LaneMd5> kernel, int lanes, int least, double nanosPerByte) {
        static final Choice NONE = new Choice(null, 1, Integer.MAX_VALUE, 0);
    }

    /** Returns what is taken now. */
    Choice choice() {
        return choice;
    }

    /** Starts to warm up, once; what pays is taken when it is ready. */
    synchronized void warmUp() {
        if (!started) {
            started = true;
            Thread thread = new Thread(this::choose, "karamon-etag-lanes");
            thread.setDaemon(true);
            thread.start();
        }
    }

    /**
     * Tells what a kernel takes at its best for a byte. One that takes twice the time of the JDK's MD5 is given up for good:
     * HotSpot may compile it anew, and worse.
     */
    void took(Choice used, double nanosPerByte) {
        if (nanosPerByte > 2 * used.nanosPerByte) {
            choice = Choice.NONE;
        }
    }

    private void choose() {
        try {
            choice = measured(candidate());
        } catch (LinkageError | RuntimeException e) {
            choice = Choice.NONE;
        }
    }

    // A module of the boot layer is visible to all code on the class path; without the flag there is none, and no class of
    // it may be linked.
    private static Supplier<LaneMd5> candidate() {
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
            return LoopMd5::new;
        }
        return () -> {
            try {
                return (LaneMd5) Class.forName(Lanes.class.getPackageName() + ".VectorMd5").getDeclaredConstructor().newInstance();
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        };
    }

    /** Returns the kernel with what was measured of it, or none where it is wrong or doesn't pay. */
    static Choice measured(Supplier<LaneMd5> kernel) {
        LaneMd5 lanes = kernel.get();
        byte[] bytes = message(lanes.lanes() * STRIDE);
        if (!agrees(lanes, bytes)) {
            return Choice.NONE;
        }
        long end = System.nanoTime() + WARM_UP_NANOS;
        MessageDigest digest = Digests.md5();
        while (System.nanoTime() < end) {
            double one = Double.MAX_VALUE;
            double all = Double.MAX_VALUE;
            for (int round = 0; round < 20; round++) {
                long start = System.nanoTime();
                digest.update(bytes, 0, 16 * BYTES);
                one = Math.min(one, (System.nanoTime() - start) / (16.0 * BYTES));
                start = System.nanoTime();
                lanes.update(bytes, STRIDE, BYTES / Md5.BLOCK);
                all = Math.min(all, (double) (System.nanoTime() - start) / BYTES);
            }
            int least = (int) Math.ceil(all * GAIN / one);
            if (2 * least <= lanes.lanes()) {
                return new Choice(kernel, lanes.lanes(), Math.max(2, least), one);
            }
        }
        return Choice.NONE;
    }

    private static byte[] message(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31 + (i >> 8));
        }
        return bytes;
    }

    /** Tells whether a kernel computes what the JDK does, on blocks that differ in each lane. */
    private static boolean agrees(LaneMd5 lanes, byte[] bytes) {
        byte[] padded = bytes.clone();
        int length = 3 * Md5.BLOCK + 7;
        int blocks = 0;
        for (int lane = 0; lane < lanes.lanes(); lane++) {
            int at = lane * STRIDE;
            blocks = Md5.pad(padded, at + 3 * Md5.BLOCK, at + length, length);
        }
        lanes.begin();
        lanes.update(padded, STRIDE, 3 + blocks);
        for (int lane = 0; lane < lanes.lanes(); lane++) {
            MessageDigest digest = Digests.md5();
            digest.update(bytes, lane * STRIDE, length);
            if (!Arrays.equals(digest.digest(), lanes.digest(lane))) {
                return false;
            }
        }
        return true;
    }
}
