package karamon.log;

import clojure.lang.RT;
import clojure.lang.Var;
import com.amazonaws.services.lambda.runtime.Context;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The invocation that a thread works for. It is a thread binding, which Clojure conveys to other threads with {@code future},
 * {@code pmap}, agents, core.async and {@code bound-fn}. Safe for many threads.
 *
 * @param context of the invocation
 * @param coldStart whether it is the first of its process
 */
public record Running(Context context, boolean coldStart) {
    private static final Var CURRENT = Var.create(null).setDynamic();
    // A process has one cold start, even if its runtime has many threads.
    private static final AtomicBoolean STARTED = new AtomicBoolean();

    /**
     * Makes an invocation the current one of the calling thread until {@link #end} is called.
     *
     * @param context of the invocation
     */
    public static void begin(Context context) {
        begin(context, !STARTED.get() && STARTED.compareAndSet(false, true));
    }

    /**
     * Does the same for a call that doesn't come from Lambda, such as priming and tests.
     *
     * @param context of the call
     * @param coldStart whether to log it as the first of its process
     */
    public static void begin(Context context, boolean coldStart) {
        Var.pushThreadBindings(RT.map(CURRENT, new Running(context, coldStart)));
    }

    /** Ends the invocation that {@link #begin} began, on the same thread. */
    public static void end() {
        Var.popThreadBindings();
    }

    /**
     * Returns the current invocation of the calling thread.
     *
     * @return null outside of invocations
     */
    public static Running current() {
        return (Running) CURRENT.deref();
    }

    /**
     * Returns the trace header of an invocation. A managed runtime has its own version of the interface {@link Context}, which
     * may lack this method and {@code getTenantId}. Such a runtime has no concurrency: the process's trace is the invocation's.
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
