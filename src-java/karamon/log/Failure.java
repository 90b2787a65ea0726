package karamon.log;

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
 * An exception in the form in which Lambda reports errors: {@code errorType}, {@code errorMessage}, {@code stackTrace} and
 * {@code cause}; the data of {@code ex-info} is {@code errorData}.
 * https://docs.aws.amazon.com/lambda/latest/dg/java-exceptions.html
 */
public final class Failure {
    private static final int MAX_THROWABLES = 30;
    private static final int MAX_CHAIN = 1000;

    private Failure() {}

    /**
     * Returns an exception and its causes, each once, even if they form a cycle.
     *
     * @param thrown not null
     * @return the exception, its cause, and so on: at most 1,000
     */
    public static List<Throwable> chain(Throwable thrown) {
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Throwable> chain = new ArrayList<>();
        for (Throwable e = thrown; e != null && chain.size() < MAX_CHAIN && seen.add(e); e = cause(e)) {
            chain.add(e);
        }
        return chain;
    }

    /**
     * Returns an exception's message. Never throws, even if the exception's own method does.
     *
     * @param thrown not null
     * @return the message, cut off after some 250 KB; null if there is none
     */
    public static String message(Throwable thrown) {
        String message = guarded(thrown, Throwable::getMessage);
        return message == null ? null : (String) new Plain(Entry.MAX_BYTES).value(message);
    }

    /**
     * Returns an exception's stack trace. Never throws, even if the exception's own method does.
     *
     * @param thrown not null
     * @return a line for each frame
     */
    public static List<String> stackTrace(Throwable thrown) {
        return frames(trace(thrown), new StackTraceElement[0]);
    }

    /** Returns the members, in order. Frames that a cause shares with the exception it caused are listed once. */
    static Map<String, Object> of(Throwable thrown) {
        return of(thrown, new StackTraceElement[0], Collections.newSetFromMap(new IdentityHashMap<>()));
    }

    private static Map<String, Object> of(Throwable thrown, StackTraceElement[] enclosing, Set<Throwable> seen) {
        seen.add(thrown);
        Map<String, Object> failure = new LinkedHashMap<>();
        failure.put("errorType", thrown.getClass().getName());
        failure.put("errorMessage", message(thrown));
        if (thrown instanceof IExceptionInfo) {
            failure.put("errorData", data(thrown));
        }
        StackTraceElement[] trace = trace(thrown);
        failure.put("stackTrace", frames(trace, enclosing));
        Throwable cause = cause(thrown);
        if (cause != null && seen.size() < MAX_THROWABLES && !seen.contains(cause)) {
            failure.put("cause", of(cause, trace, seen));
        }
        List<Object> suppressed = new ArrayList<>();
        for (Throwable other : thrown.getSuppressed()) {
            if (seen.size() < MAX_THROWABLES && !seen.contains(other)) {
                suppressed.add(of(other, trace, seen));
            }
        }
        if (!suppressed.isEmpty()) {
            failure.put("suppressed", suppressed);
        }
        return failure;
    }

    static Object data(Throwable thrown) {
        return guarded((IExceptionInfo) thrown, IExceptionInfo::getData);
    }

    private static Throwable cause(Throwable thrown) {
        return guarded(thrown, Throwable::getCause);
    }

    static StackTraceElement[] trace(Throwable thrown) {
        StackTraceElement[] trace = guarded(thrown, Throwable::getStackTrace);
        return trace == null ? new StackTraceElement[0] : trace;
    }

    // An exception's class may override these methods, and they may throw.
    private static <T, R> R guarded(T thrown, Function<T, R> getter) {
        try {
            return getter.apply(thrown);
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
