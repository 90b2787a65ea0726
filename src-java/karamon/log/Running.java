package karamon.log;

import clojure.lang.RT;
import clojure.lang.Var;
import com.amazonaws.services.lambda.runtime.Context;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The invocation that a thread works for. It stands in a thread binding, and so goes wherever Clojure takes those:
 * {@code future}, {@code pmap}, agents, core.async and {@code bound-fn}. Safe for many threads.
 *
 * @param context of the invocation
 * @param coldStart whether it is the first of its process
 */
public record Running(Context context, boolean coldStart) {
    private static final Var CURRENT = Var.create(null).setDynamic();
    // A process starts once, whatever the number of its runtime's threads.
    private static final AtomicBoolean STARTED = new AtomicBoolean();

    /**
     * Has the calling thread work for an invocation until {@link #end} is called.
     *
     * @param context of the invocation
     */
    public static void begin(Context context) {
        begin(context, !STARTED.get() && STARTED.compareAndSet(false, true));
    }

    /**
     * Does the same for a call that isn't Lambda's: for priming, tests and the like.
     *
     * @param context of the call
     * @param coldStart whether to tell it as the first of its process
     */
    public static void begin(Context context, boolean coldStart) {
        Var.pushThreadBindings(RT.map(CURRENT, new Running(context, coldStart)));
    }

    /** Ends what {@link #begin} began, on the same thread. */
    public static void end() {
        Var.popThreadBindings();
    }

    /**
     * Returns what the calling thread works for.
     *
     * @return null outside of invocations
     */
    public static Running current() {
        return (Running) CURRENT.deref();
    }

    /**
     * Returns the header of the trace that an invocation belongs to. A managed runtime brings its own version of the
     * interface, which may be older than this method and the next; it knows no concurrency, so the process's is the invocation's.
     *
     * @param context of the invocation
     * @return null when there is none
     */
    public static String traceId(Context context) {
        try {
            return context.getXrayTraceId();
        } catch (LinkageError e) {
            return System.getProperty("com.amazonaws.xray.traceHeader");
        }
    }

    /**
     * Returns the id of an invocation's tenant.
     *
     * @param context of the invocation
     * @return null when there is none
     */
    public static String tenantId(Context context) {
        try {
            return context.getTenantId();
        } catch (LinkageError e) {
            return null;
        }
    }
}
