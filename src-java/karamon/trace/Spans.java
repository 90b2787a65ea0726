package karamon.trace;

import clojure.lang.IFn;
import java.util.Map;

/** Spans of people's own code, which {@code karamon.trace} makes. Safe for many threads. */
public final class Spans {
    // Finding a class that isn't there is slow, and what is on the class path doesn't change.
    private static final boolean POSSIBLE = isThere("io.opentelemetry.api.GlobalOpenTelemetry");

    private Spans() {}

    /**
     * Calls a function in a span, if OpenTelemetry's API is on the class path; otherwise just calls it.
     *
     * @param name of the span
     * @param attributes of the span, by keywords or strings; may be null
     * @param body a function of no arguments
     * @return the function's result
     */
    public static Object call(String name, Map<?, ?> attributes, IFn body) {
        return POSSIBLE ? OpenTelemetrySpans.call(name, attributes, body) : body.invoke();
    }

    private static boolean isThere(String type) {
        try {
            Class.forName(type, false, Spans.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }
}
