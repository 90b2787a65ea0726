package karamon.text;

import clojure.lang.Util;
import clojure.lang.Var;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Calls the code of values that are being printed, such as their {@code toString} or a lazy sequence: it may throw, wait or never
 * end. Calls it on a thread of its own, with the caller's bindings, and waits until a deadline. Safe for many threads.
 */
public final class Guard {
    // Threads can't be stopped. With this many that never end, no more are started.
    private static final int MAX_STUCK = 16;
    private static final AtomicInteger STUCK = new AtomicInteger();

    private Guard() {}

    /** Thrown when a value's code doesn't end in time. */
    public static final class TooSlow extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooSlow(String message) {
            super(message, null, false, false);
        }
    }

    /**
     * Returns the deadline for printing a message or a log event that begins now: a second later.
     *
     * @return a time of {@link System#nanoTime()}
     */
    public static long deadline() {
        return System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
    }

    /**
     * Returns whether the calling thread is one that this class started: what it calls is guarded already.
     *
     * @return whether it is
     */
    public static boolean isGuarded() {
        return Thread.currentThread() instanceof Caller;
    }

    /**
     * Calls a function and returns its result. Throws what it throws.
     *
     * @param deadline as {@link #deadline} returns it
     * @param code the function; the caller must not use what it changes if this throws {@link TooSlow}
     * @return its result
     * @throws TooSlow when it doesn't end before the deadline
     */
    public static <T> T call(long deadline, Supplier<T> code) {
        if (isGuarded()) {
            return code.get();
        }
        if (STUCK.get() >= MAX_STUCK) {
            throw new TooSlow("(not printed, since printing others hasn't ended)");
        }
        if (deadline - System.nanoTime() <= 0) {
            throw late();
        }
        Caller<T> caller = new Caller<>(code);
        try {
            caller.start();
        } catch (OutOfMemoryError e) { // There are too many threads: memory is left.
            throw new TooSlow("(not printed, since no thread can be started)");
        }
        if (!caller.endsBefore(deadline) && caller.abandoned.compareAndSet(false, true)) {
            STUCK.incrementAndGet();
            caller.interrupt();
            throw late();
        }
        if (caller.thrown != null) {
            throw Util.sneakyThrow(caller.thrown);
        }
        return caller.result;
    }

    private static TooSlow late() {
        return new TooSlow("(printing it takes too long)");
    }

    /**
     * Returns a text in place of a value whose code threw.
     *
     * @param thrown what it threw
     * @return the text
     * @throws VirtualMachineError a fatal one
     */
    public static String problem(Throwable thrown) {
        Fatal.rethrow(thrown);
        return thrown instanceof TooSlow ? thrown.getMessage() : "(printing it threw " + thrown.getClass().getName() + ")";
    }

    private static final class Caller<T> extends Thread {
        private final Supplier<T> code;
        private final Object bindings = Var.cloneThreadBindingFrame();
        // True once either thread has decided: the caller that it waits no longer, or this thread that it has ended.
        private final AtomicBoolean abandoned = new AtomicBoolean();
        private T result;
        private Throwable thrown;

        Caller(Supplier<T> code) {
            super("karamon-printing");
            this.code = code;
            setDaemon(true);
        }

        @Override
        public void run() {
            Var.resetThreadBindingFrame(bindings);
            try {
                result = code.get();
            } catch (Throwable e) {
                thrown = e;
            } finally {
                if (!abandoned.compareAndSet(false, true)) {
                    STUCK.decrementAndGet();
                }
            }
        }

        // An interrupt of the caller isn't meant for printing: it stays for what comes next.
        boolean endsBefore(long deadline) {
            boolean interrupted = false;
            while (isAlive()) {
                long ms = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (ms <= 0) {
                    break;
                }
                try {
                    join(ms);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            return !isAlive();
        }
    }
}
