package karamon.runtime;

import clojure.lang.Delay;
import clojure.lang.IBlockingDeref;
import clojure.lang.IFn;
import clojure.lang.IPersistentMap;
import clojure.lang.Util;
import com.amazonaws.services.lambda.runtime.Context;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for results that come later, for as long as the invocation has. Safe for many threads. */
public final class Later {
    // What is left of the invocation when waiting ends: enough to log and to answer.
    private static final long MARGIN_MS = 100;

    private Later() {}

    /** Thrown when a result didn't come in time. */
    static final class Late extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Late(long waitedMs) {
            super("The handler's result didn't come within the " + waitedMs + " ms that the invocation had left for it");
        }
    }

    /**
     * Returns a result once it is there: what a stage, future, promise or delay holds, and what that holds in turn.
     *
     * @param other turns other kinds of later results (channels) into a stage, or returns nil; may be null
     * @throws Late when the invocation's time is nearly up
     */
    static Object await(Object result, IFn other, Context context) {
        return await(result, other, context, 0);
    }

    /**
     * Returns a result once it is there: what a stage, future, promise or delay holds, and what that holds in turn. It is
     * waited for until 100 milliseconds before the deadline.
     *
     * @param result any value, which is returned when it is no later one
     * @param other turns other kinds of later results (channels) into a stage, or returns nil; may be null
     * @param deadlineMs when the invocation's time is up, in milliseconds since 1970
     * @return the value; may be null
     */
    public static Object await(Object result, IFn other, long deadlineMs) {
        return await(result, other, null, deadlineMs);
    }

    private static Object await(Object result, IFn other, Context context, long deadlineMs) {
        Object now = result;
        while (now != null && !(now instanceof IPersistentMap)) {
            Object later = isLater(now) || other == null ? now : other.invoke(now);
            if (later == null || !isLater(later)) {
                return now;
            }
            long remainingMs = context == null ? deadlineMs - System.currentTimeMillis() : context.getRemainingTimeInMillis();
            now = get(later, Math.max(0, remainingMs - MARGIN_MS));
            if (now instanceof Throwable thrown) {
                throw Util.sneakyThrow(thrown);
            }
        }
        return now;
    }

    private static boolean isLater(Object result) {
        return result instanceof CompletionStage || result instanceof Future || result instanceof IBlockingDeref || result instanceof Delay;
    }

    private static Object get(Object later, long ms) {
        try {
            if (later instanceof CompletionStage<?> stage) {
                return stage.toCompletableFuture().get(ms, TimeUnit.MILLISECONDS);
            }
            if (later instanceof Future<?> future) {
                return future.get(ms, TimeUnit.MILLISECONDS);
            }
            // A delay runs right here, as the handler did.
            Object value = later instanceof Delay delay ? delay.deref() : ((IBlockingDeref) later).deref(ms, Late.class);
            if (value == Late.class) {
                throw new Late(ms);
            }
            return value;
        } catch (TimeoutException e) {
            throw new Late(ms);
        } catch (ExecutionException | CompletionException e) {
            throw Util.sneakyThrow(e.getCause() == null ? e : e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Util.sneakyThrow(e);
        }
    }
}
