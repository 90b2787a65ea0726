package karamon.text;

import clojure.lang.IExceptionInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Reads exceptions, whatever their methods do, and describes them in the form in which Lambda reports errors: {@code errorType},
 * {@code errorMessage}, {@code stackTrace} and {@code cause}; the data of {@code ex-info} is {@code errorData}.
 * https://docs.aws.amazon.com/lambda/latest/dg/java-exceptions.html
 */
public final class Failure {
    private static final int MAX_MESSAGE = 256 * 1024;
    private static final int MAX_THROWABLES = 30;
    private static final int MAX_CHAIN = 1000;
    private static final int MAX_SUPPRESSED = 10;
    // As many as the JVM records.
    private static final int MAX_FRAMES = 1024;

    private final long deadline;
    private final Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());

    private Failure(long deadline) {
        this.deadline = deadline;
    }

    /**
     * Returns an exception and its causes, each once, even if they form a cycle.
     *
     * @param thrown not null
     * @return the exception, its cause, and so on: at most 1,000
     */
    public static List<Throwable> chain(Throwable thrown) {
        return chain(thrown, Guard.deadline());
    }

    /**
     * Returns the same.
     *
     * @param thrown not null
     * @param deadline as {@link Guard#deadline} returns it
     * @return the exception, its cause, and so on: at most 1,000
     */
    public static List<Throwable> chain(Throwable thrown, long deadline) {
        Failure failure = new Failure(deadline);
        List<Throwable> chain = new ArrayList<>();
        for (Throwable e = thrown; e != null && chain.size() < MAX_CHAIN && failure.seen.add(e); e = failure.cause(e)) {
            chain.add(e);
        }
        return chain;
    }

    /**
     * Returns an exception's message. Never throws or waits, even if the exception's own method does.
     *
     * @param thrown not null
     * @return the message, cut off after some 250,000 characters; null if there is none
     */
    public static String message(Throwable thrown) {
        return message(thrown, Guard.deadline());
    }

    /**
     * Returns the same.
     *
     * @param thrown not null
     * @param deadline as {@link Guard#deadline} returns it
     * @return the message, cut off after some 250,000 characters; null if there is none
     */
    public static String message(Throwable thrown, long deadline) {
        return new Failure(deadline).messageOf(thrown);
    }

    /**
     * Returns an exception's class and message in one text, such as {@code "java.lang.ArithmeticException: Divide by zero"}.
     *
     * @param thrown not null
     * @return the text
     */
    public static String summary(Throwable thrown) {
        String message = message(thrown);
        return thrown.getClass().getName() + (message == null ? "" : ": " + message);
    }

    /**
     * Returns an exception's stack trace. Never throws or waits, even if the exception's own method does.
     *
     * @param thrown not null
     * @return a line for each frame
     */
    public static List<String> stackTrace(Throwable thrown) {
        return frames(trace(thrown, Guard.deadline()), new StackTraceElement[0]);
    }

    /**
     * Returns an exception's stack trace as it is.
     *
     * @param thrown not null
     * @param deadline as {@link Guard#deadline} returns it
     * @return the frames, at most 1,024; none if the exception's own method throws or waits
     */
    public static StackTraceElement[] trace(Throwable thrown, long deadline) {
        StackTraceElement[] trace = new Failure(deadline).guarded(thrown, "getStackTrace", Throwable::getStackTrace);
        return trace == null ? new StackTraceElement[0] : trace.length > MAX_FRAMES ? Arrays.copyOf(trace, MAX_FRAMES) : trace;
    }

    /**
     * Returns the data of an {@code ex-info}.
     *
     * @param thrown an {@link IExceptionInfo}
     * @param deadline as {@link Guard#deadline} returns it
     * @return the data, which may be of any kind; null if the exception's own method throws or waits
     */
    public static Object data(Throwable thrown, long deadline) {
        return new Failure(deadline).guarded(thrown, "getData", e -> ((IExceptionInfo) e).getData());
    }

    /**
     * Returns the members, in order. Frames that a cause shares with the exception it caused are listed once.
     *
     * @param thrown not null
     * @param deadline as {@link Guard#deadline} returns it
     * @return the members; {@code errorData} is as the exception has it, and so may be of any kind
     */
    public static Map<String, Object> of(Throwable thrown, long deadline) {
        return new Failure(deadline).members(thrown, new StackTraceElement[0]);
    }

    /**
     * Adds a suppressed exception to another, unless that has many already: one in a var would grow with each request.
     *
     * @param thrown not null
     * @param other what was thrown while {@code thrown} was handled; ignored if it is the same
     */
    public static void suppress(Throwable thrown, Throwable other) {
        if (thrown != other && thrown.getSuppressed().length < MAX_SUPPRESSED) {
            thrown.addSuppressed(other);
        }
    }

    private Map<String, Object> members(Throwable thrown, StackTraceElement[] enclosing) {
        seen.add(thrown);
        Map<String, Object> failure = new LinkedHashMap<>();
        failure.put("errorType", thrown.getClass().getName());
        failure.put("errorMessage", messageOf(thrown));
        if (thrown instanceof IExceptionInfo) {
            failure.put("errorData", data(thrown, deadline));
        }
        StackTraceElement[] trace = trace(thrown, deadline);
        failure.put("stackTrace", frames(trace, enclosing));
        Throwable cause = cause(thrown);
        if (cause != null && seen.size() < MAX_THROWABLES && !seen.contains(cause)) {
            failure.put("cause", members(cause, trace));
        }
        List<Object> suppressed = new ArrayList<>();
        for (Throwable other : thrown.getSuppressed()) {
            if (seen.size() < MAX_THROWABLES && !seen.contains(other)) {
                suppressed.add(members(other, trace));
            }
        }
        if (!suppressed.isEmpty()) {
            failure.put("suppressed", suppressed);
        }
        return failure;
    }

    private String messageOf(Throwable thrown) {
        String message = guarded(thrown, "getMessage", Throwable::getMessage);
        return message == null ? null : Shown.cut(message, MAX_MESSAGE);
    }

    private Throwable cause(Throwable thrown) {
        return guarded(thrown, "getCause", Throwable::getCause);
    }

    // An exception's class may override these methods, which may then do anything.
    private <R> R guarded(Throwable thrown, String method, Function<Throwable, R> getter) {
        try {
            return Known.isOwn(thrown.getClass(), method) ? getter.apply(thrown) : Guard.call(deadline, () -> getter.apply(thrown));
        } catch (Throwable e) {
            Fatal.rethrow(e);
            return null;
        }
    }

    private static List<String> frames(StackTraceElement[] trace, StackTraceElement[] enclosing) {
        int shared = 0;
        while (shared < trace.length && shared < enclosing.length
                && trace[trace.length - 1 - shared].equals(enclosing[enclosing.length - 1 - shared])) {
            shared++;
        }
        List<String> frames = new ArrayList<>();
        for (StackTraceElement frame : Arrays.copyOf(trace, trace.length - shared)) {
            frames.add(frame.toString());
        }
        if (shared > 0) {
            frames.add("... " + shared + " more");
        }
        return frames;
    }
}
