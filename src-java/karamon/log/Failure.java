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

/**
 * An exception as Lambda tells errors: {@code errorType}, {@code errorMessage}, {@code stackTrace} and {@code cause}; with what
 * {@code ex-info} holds under {@code errorData}. https://docs.aws.amazon.com/lambda/latest/dg/java-exceptions.html
 */
final class Failure {
    private static final int MOST = 30;

    private Failure() {}

    /** Returns the members, in order. Frames that a cause shares with what it caused are told once. */
    static Map<String, Object> of(Throwable thrown) {
        return of(thrown, new StackTraceElement[0], Collections.newSetFromMap(new IdentityHashMap<>()));
    }

    private static Map<String, Object> of(Throwable thrown, StackTraceElement[] above, Set<Throwable> told) {
        told.add(thrown);
        Map<String, Object> failure = new LinkedHashMap<>();
        failure.put("errorType", thrown.getClass().getName());
        failure.put("errorMessage", message(thrown));
        if (thrown instanceof IExceptionInfo info) {
            failure.put("errorData", info.getData());
        }
        failure.put("stackTrace", frames(thrown.getStackTrace(), above));
        if (thrown.getCause() != null && told.size() < MOST && !told.contains(thrown.getCause())) {
            failure.put("cause", of(thrown.getCause(), thrown.getStackTrace(), told));
        }
        List<Object> suppressed = new ArrayList<>();
        for (Throwable other : thrown.getSuppressed()) {
            if (told.size() < MOST && !told.contains(other)) {
                suppressed.add(of(other, thrown.getStackTrace(), told));
            }
        }
        if (!suppressed.isEmpty()) {
            failure.put("suppressed", suppressed);
        }
        return failure;
    }

    static String message(Throwable thrown) {
        try {
            return thrown.getMessage();
        } catch (RuntimeException e) {
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
