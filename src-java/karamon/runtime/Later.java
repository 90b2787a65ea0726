package karamon.runtime;

import clojure.lang.Delay;
import clojure.lang.IBlockingDeref;
import clojure.lang.IPersistentMap;
import clojure.lang.Util;
import com.amazonaws.services.lambda.runtime.Context;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import karamon.text.Printer;
import karamon.text.Shown;

/**
 * Waits for results that come later: of futures, promises, delays, {@link CompletionStage}s and core.async channels. If such
 * a result fails, or its value is an exception, that exception is thrown. Safe for many threads.
 */
public final class Later {
    // Time left for the invocation when waiting ends: enough to log and to answer.
    private static final long MARGIN_MS = 100;
    private static final int MAX_RESULTS = 1000;

    private Later() {}

    /** Thrown when a result didn't come in time. The code that computes it may still be running. */
    public static final class Late extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Late(long waitedMs) {
            super("The handler's result didn't come within the " + waitedMs + " ms left for the invocation");
        }
    }

    /**
     * Returns a result once it is there: the value of a later result, and if that is a later result too, its value. Waits
     * until 100 milliseconds before the invocation's deadline.
     *
     * @param result any value, which is returned as it is unless it is a later result
     * @param context of the invocation
     * @return the value; may be null
     * @throws Late when the time is up
     * @throws IllegalStateException when the value is a later result 1,000 times, such as a promise that holds itself
     */
    static Object await(Object result, Context context) {
        return await(result, context, 0);
    }

    /**
     * Returns a result once it is there: the value of a later result, and if that is a later result too, its value. Waits
     * until 100 milliseconds before the deadline.
     *
     * @param result any value, which is returned as it is unless it is a later result
     * @param deadlineMs the deadline in milliseconds since 1970; {@link Long#MAX_VALUE} for none
     * @return the value; may be null
     * @throws Late when the time is up
     * @throws IllegalStateException when the value is a later result 1,000 times, such as a promise that holds itself
     */
    public static Object await(Object result, long deadlineMs) {
        return await(result, null, deadlineMs);
    }

    /**
     * Returns a result as a stage, if it is a stage or a channel.
     *
     * @param result any value
     * @return the stage, whose value may be a later result again; null for any other result, even if it is a later one
     */
    public static CompletionStage<?> stage(Object result) {
        if (result == null || result instanceof IPersistentMap) {
            return null;
        }
        return result instanceof CompletionStage<?> stage ? stage : isLater(result) ? null : Channel.next(result);
    }

    private static Object await(Object result, Context context, long deadlineMs) {
        Object now = result;
        for (int i = 0; now != null && !(now instanceof IPersistentMap); i++) {
            Object later = isLater(now) ? now : Channel.next(now);
            if (later == null) {
                return now;
            }
            if (i == MAX_RESULTS) {
                throw new IllegalStateException("The handler's result is a later result whose value is a later result, and so on, "
                        + MAX_RESULTS + " times: expected a value, found " + Shown.of(now));
            }
            long remainingMs = context == null ? deadlineMs - System.currentTimeMillis() : context.getRemainingTimeInMillis();
            now = get(later, Math.max(0, remainingMs - MARGIN_MS));
            if (now instanceof Throwable thrown) {
                throw Util.sneakyThrow(thrown);
            }
        }
        return now;
    }

    // The exceptions that get throws contain the text of the failure, and so all data of an ex-info, which may be endless.
    // A stage's failure is read without them; a future's makes its text within limits.
    private record Outcome(Object value, Throwable thrown) {}

    private static Object value(Outcome outcome) {
        Throwable thrown = outcome.thrown();
        if (thrown != null) {
            throw Util.sneakyThrow(thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown);
        }
        return outcome.value();
    }

    private static Object get(Future<?> future, long ms) {
        try {
            return future.get(ms, TimeUnit.MILLISECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw Util.sneakyThrow(e);
        }
    }

    private static boolean isLater(Object result) {
        return result instanceof CompletionStage || result instanceof Future || result instanceof IBlockingDeref || result instanceof Delay;
    }

    private static Object get(Object later, long ms) {
        try {
            if (later instanceof CompletionStage<?> stage) {
                return value(stage.handle(Outcome::new).toCompletableFuture().get(ms, TimeUnit.MILLISECONDS));
            }
            if (later instanceof Future<?> future) {
                return future instanceof ForkJoinTask ? future.get(ms, TimeUnit.MILLISECONDS) : Printer.limited(() -> get(future, ms));
            }
            // A delay runs on this thread, like the handler.
            Object value = later instanceof Delay delay ? delay.deref() : ((IBlockingDeref) later).deref(ms, Late.class);
            if (value == Late.class) {
                throw new Late(ms);
            }
            return value;
        } catch (TimeoutException e) {
            throw new Late(ms);
        } catch (ExecutionException e) {
            throw Util.sneakyThrow(e.getCause() == null ? e : e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Util.sneakyThrow(e);
        }
    }
}
