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
 * An exception as Lambda reports errors: {@code errorType}, {@code errorMessage}, {@code stackTrace} and {@code cause}; with what
 * {@code ex-info} holds under {@code errorData}. https://docs.aws.amazon.com/lambda/latest/dg/java-exceptions.html
 */
public final class Failure {
    private static final int MOST = 30;
    private static final int LINKS = 1000;

    private Failure() {}

    /**
     * Returns an exception and its causes, each once, however they are linked.
     *
     * @param thrown not null
     * @return the exception, its cause, and so on: at most 1,000
     */
    public static List<Throwable> chain(Throwable thrown) {
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Throwable> chain = new ArrayList<>();
        for (Throwable e = thrown; e != null && chain.size() < LINKS && seen.add(e); e = cause(e)) {
            chain.add(e);
        }
        return chain;
    }

    /**
     * Returns an exception's message. Never throws what the exception itself throws.
     *
     * @param thrown not null
     * @return a message cut off after some 250 KB; null if there is none
     */
    public static String message(Throwable thrown) {
        String message = asked(thrown, Throwable::getMessage);
        return message == null ? null : (String) new Plain(Entry.MOST_BYTES).value(message);
    }

    /**
     * Returns an exception's stack trace. Never throws what the exception itself throws.
     *
     * @param thrown not null
     * @return a line for each frame
     */
    public static List<String> stackTrace(Throwable thrown) {
        return frames(trace(thrown), new StackTraceElement[0]);
    }

    /** Returns the members, in order. Frames that a cause shares with what it caused stand there once. */
    static Map<String, Object> of(Throwable thrown) {
        return of(thrown, new StackTraceElement[0], Collections.newSetFromMap(new IdentityHashMap<>()));
    }

    private static Map<String, Object> of(Throwable thrown, StackTraceElement[] above, Set<Throwable> seen) {
        seen.add(thrown);
        Map<String, Object> failure = new LinkedHashMap<>();
        failure.put("errorType", thrown.getClass().getName());
        failure.put("errorMessage", message(thrown));
        if (thrown instanceof IExceptionInfo) {
            failure.put("errorData", data(thrown));
        }
        StackTraceElement[] trace = trace(thrown);
        failure.put("stackTrace", frames(trace, above));
        Throwable cause = cause(thrown);
        if (cause != null && seen.size() < MOST && !seen.contains(cause)) {
            failure.put("cause", of(cause, trace, seen));
        }
        List<Object> suppressed = new ArrayList<>();
        for (Throwable other : thrown.getSuppressed()) {
            if (seen.size() < MOST && !seen.contains(other)) {
                suppressed.add(of(other, trace, seen));
            }
        }
        if (!suppressed.isEmpty()) {
            failure.put("suppressed", suppressed);
        }
        return failure;
    }

    static Object data(Throwable thrown) {
        return asked((IExceptionInfo) thrown, IExceptionInfo::getData);
    }

    private static Throwable cause(Throwable thrown) {
        return asked(thrown, Throwable::getCause);
    }

    static StackTraceElement[] trace(Throwable thrown) {
        StackTraceElement[] trace = asked(thrown, Throwable::getStackTrace);
        return trace == null ? new StackTraceElement[0] : trace;
    }

    // A class of exceptions may define these methods itself, and wrongly.
    private static <T, R> R asked(T thrown, Function<T, R> question) {
        try {
            return question.apply(thrown);
        } catch (Throwable e) {
            Fatal.rethrow(e);
            return null;
        }
    }

    private static List<String> frames(StackTraceElement[] trace, StackTraceElement[] above) {
        int shared = 0;
        while (shared < trace.length && shared < above.length
                && trace[trace.length - 1 - shared].equals(above[above.length - 1 - shared])) {
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
