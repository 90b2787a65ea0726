package karamon.text;

import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Prints exceptions in the form of {@link Throwable#printStackTrace()}, within bounds. */
public final class Traces {
    private static final int MAX_DATA = 64 * 1024;
    private static final int MAX_TRACE = 256 * 1024;

    private Traces() {}

    /**
     * Returns an exception's class, message and stack trace, and those of its causes and suppressed exceptions.
     *
     * @param thrown not null
     * @return lines, without a line feed at the end
     */
    public static String of(Throwable thrown) {
        long deadline = Guard.deadline();
        StringBuilder text = new StringBuilder();
        append(text, Failure.of(thrown, deadline), data -> Shown.of(data, MAX_DATA, deadline));
        return Shown.cut(text.toString(), MAX_TRACE);
    }

    /**
     * Appends the same.
     *
     * @param text receives it
     * @param failure the members that {@link Failure#of} returns
     * @param printer prints the data of an {@code ex-info}
     */
    public static void append(StringBuilder text, Map<?, ?> failure, Function<Object, String> printer) {
        if (text.length() > MAX_TRACE) {
            return;
        }
        Object message = failure.get("errorMessage");
        Object data = failure.get("errorData");
        text.append(failure.get("errorType"));
        if (message != null) {
            text.append(": ").append(oneLine((String) message));
        }
        if (data != null) {
            text.append(' ').append(oneLine(printer.apply(data)));
        }
        for (Object frame : (List<?>) failure.get("stackTrace")) {
            text.append("\n\t").append(frame.toString().startsWith("...") ? "" : "at ").append(frame);
        }
        if (failure.get("suppressed") instanceof List<?> others) {
            for (Object other : others) {
                append(text.append("\nSuppressed: "), (Map<?, ?>) other, printer);
            }
        }
        if (failure.get("cause") instanceof Map<?, ?> cause) {
            append(text.append("\nCaused by: "), cause, printer);
        }
    }

    /**
     * Keeps a text from beginning a new line, where it could pass for another event.
     *
     * @param text not null
     * @return the text with line ends and control characters as escapes
     */
    public static String oneLine(String text) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\n' || c == '\r') {
                line.append(c == '\n' ? "\\n" : "\\r");
            } else if (c == '\t' || !Character.isISOControl(c) && c != '\u2028' && c != '\u2029') {
                line.append(c);
            } else {
                line.append(String.format("\\u%04x", (int) c));
            }
        }
        return line.toString();
    }
}
