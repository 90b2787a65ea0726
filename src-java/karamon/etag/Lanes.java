package karamon.etag;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Chooses how to hash many parts at a time. A kernel that HotSpot hasn't compiled is far slower than the JDK's MD5, and some
 * machines have no vectors. So a kernel is warmed up on another thread, checked, and used only while it is measured to be faster.
 */
final class Lanes {
    /** The lanes of this JVM, whose compiled code all hashers share. */
    static final Lanes SHARED = new Lanes(Choice.NONE, isModulePresent() ? Preparation.VECTORS : Preparation.LOOPS);

    // The minimum speed-up for changing to a kernel. It is above 1, since the measurement here has the caches to itself.
    private static final double GAIN = 1.3;
    private static final int BYTES = 4096;
    private static final int STRIDE = BYTES + 2 * Md5.BLOCK;
    // With HotSpot's early compilation, the vector methods of JDK 17 are compiled before they can be inlined, and stay slow.
    private static final int MIN_VERSION_FOR_EARLY = 25;

    private final Preparation preparation;
    private final AtomicLong hashed = new AtomicLong();
    private volatile Choice choice;
    private boolean started;

    Lanes(Choice choice, Preparation preparation) {
        this.choice = choice;
        this.preparation = preparation;
    }

    /** Returns the lanes for the command line, whose launcher gives the JVM's options for compiling them early. */
    static Lanes ofCommand() {
        if (!isModulePresent()) {
            return new Lanes(Choice.NONE, Preparation.COMMAND_LOOPS);
        }
        boolean early = Runtime.version().feature() >= MIN_VERSION_FOR_EARLY;
        return early ? new Lanes(Choice.NONE, Preparation.COMMAND_VECTORS) : SHARED;
    }

    /**
     * A way to hash.
     *
     * @param kernel makes a kernel for a thread; null for the JDK's MD5
     * @param lanes the number of messages that a kernel hashes at a time
     * @param minMessages the number of messages from which on a kernel pays
     * @param nanosPerByte the time of the JDK's MD5 for a byte
     */
    record Choice(Supplier<LaneMd5> kernel, int lanes, int minMessages, double nanosPerByte) {
        static final Choice NONE = new Choice(null, 1, Integer.MAX_VALUE, 0);
    }

    /** Returns the current choice. */
    Choice choice() {
        return choice;
    }

    /**
     * Prepares a kernel, once, if that pays. If the kernel is fast, it becomes the choice.
     *
     * @param bytes the number of bytes that will be hashed
     * @param parts the number of parts of the layout that has the most
     * @param threads the number of threads that will hash
     * @return what one of the threads must run before it hashes; null if nothing
     */
    Runnable prepare(long bytes, int parts, int threads) {
        long before = hashed.getAndAdd(bytes);
        Runnable work = preparation.pays(bytes, before, parts) ? start() : null;
        if (work == null || threads > preparation.maxWaiting()) {
            return work;
        }
        work.run();
        return null;
    }

    /** Starts to prepare a kernel, if that pays for a file. */
    void prepareFor(long bytes) {
        if (preparation.pays(bytes, 0, Integer.MAX_VALUE)) {
            start();
        }
    }

    private synchronized Runnable start() {
        if (started) {
            return null;
        }
        started = true;
        Runnable work = new Runnable() {
            @Override
            public void run() {
                choose();
            }
        };
        if (preparation.inTurn()) {
            return work;
        }
        Thread thread = new Thread(work, "karamon-etag-lanes");
        thread.setDaemon(true);
        thread.start();
        return null;
    }

    /**
     * Reports a kernel's best time for a byte. A kernel that takes twice the time of the JDK's MD5 is never used again: HotSpot
     * may have recompiled it to slower code.
     */
    void report(Choice used, double nanosPerByte) {
        if (nanosPerByte > 2 * used.nanosPerByte) {
            choice = Choice.NONE;
        }
    }

    private void choose() {
        try {
            choice = measured(candidate(), preparation.maxNanos());
        } catch (LinkageError | RuntimeException e) {
            choice = Choice.NONE;
        }
    }

    // A module of the boot layer is visible to all code on the class path. Without the flag the module isn't there, and none of
    // its classes may be linked.
    private static Supplier<LaneMd5> candidate() {
        if (!isModulePresent()) {
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

    private static boolean isModulePresent() {
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    }

    /** Measures a kernel. Returns a choice of it, or {@link Choice#NONE} if its results are wrong or it isn't fast in time. */
    static Choice measured(Supplier<LaneMd5> kernel, long maxNanos) {
        LaneMd5 lanes = kernel.get();
        byte[] bytes = message(lanes.lanes() * STRIDE);
        if (!agrees(lanes, bytes)) {
            return Choice.NONE;
        }
        long end = System.nanoTime() + maxNanos;
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
            int minMessages = (int) Math.ceil(all * GAIN / one);
            if (2 * minMessages <= lanes.lanes()) {
                return new Choice(kernel, lanes.lanes(), Math.max(2, minMessages), one);
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

    /** Returns whether a kernel computes the same MD5s as the JDK, for messages that differ in each lane. */
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
