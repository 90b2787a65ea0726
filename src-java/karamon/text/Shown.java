package karamon.text;

import clojure.lang.IPersistentList;
import clojure.lang.IRecord;
import clojure.lang.ISeq;
import clojure.lang.RT;
import clojure.lang.Sequential;
import java.io.IOException;
import java.util.Collection;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Prints any value as {@code pr} does, within bounds: of characters, items of a collection, depth, and time. What messages name is
 * printed here. Handles values that contain themselves, and values whose code throws, waits or never ends. Never waits for a
 * promise, a future or a delay. Safe for many threads.
 */
public final class Shown {
    /** Stands for what was cut off. */
    public static final String CUT = "…";

    private static final int CHARS = 1000;
    private static final int ITEMS = 50;
    private static final int DEPTH = 8;

    // StringBuffer, since a guarded value's text may be read while its code goes on.
    private final StringBuffer text = new StringBuffer();
    private final int chars;
    private final int items;
    private final int depth;
    private final long deadline;

    private Shown(int chars, int items, int depth, long deadline) {
        this.chars = chars;
        this.items = items;
        this.depth = depth;
        this.deadline = deadline;
    }

    /**
     * Prints a value for a message: at most 1,000 characters.
     *
     * @param value any value
     * @return the text; what is left out is {@code …}
     */
    public static String of(Object value) {
        return printed(new Shown(CHARS, ITEMS, DEPTH, Guard.deadline()), value);
    }

    /**
     * Prints a value for the log: up to 1,000 items of each collection, 50 levels deep.
     *
     * @param value any value
     * @param chars the maximum number of characters
     * @param deadline as {@link Guard#deadline} returns it
     * @return the text
     */
    public static String of(Object value, int chars, long deadline) {
        return printed(new Shown(chars, 1000, 50, deadline), value);
    }

    /**
     * Returns a value's text for a message as {@code str} does: at most 1,000 characters.
     *
     * @param value any value
     * @return the text; {@code "null"} for null
     */
    public static String text(Object value) {
        return text(value, CHARS, Guard.deadline());
    }

    /**
     * Returns a value's text as {@code str} does, within the bounds of the log.
     *
     * @param value any value
     * @param chars the maximum number of characters
     * @param deadline as {@link Guard#deadline} returns it
     * @return the text; {@code "null"} for null
     */
    public static String text(Object value, int chars, long deadline) {
        if (value == null || value instanceof String) {
            return cut(String.valueOf(value), chars);
        }
        if (isCollection(value)) {
            return of(value, chars, deadline);
        }
        if (value instanceof Number number && Known.huge(number) != null) {
            return Known.huge(number);
        }
        Supplier<String> text = () -> Known.hasOwnText(value.getClass()) ? value.toString()
                : value.getClass().getName() + "@" + Integer.toHexString(System.identityHashCode(value));
        try {
            String own = Known.is(value) ? text.get() : Printer.limited(() -> Guard.call(deadline, text));
            return cut(String.valueOf(own), chars);
        } catch (Throwable e) {
            return Guard.problem(e);
        }
    }

    /**
     * Cuts a text off after a number of characters.
     *
     * @param text not null
     * @param chars the maximum number of characters
     * @return the text, or its beginning and {@code …}
     */
    public static String cut(String text, int chars) {
        if (text.length() <= chars) {
            return text;
        }
        boolean half = chars > 0 && Character.isHighSurrogate(text.charAt(chars - 1));
        return text.substring(0, half ? chars - 1 : chars) + CUT;
    }

    private static String printed(Shown shown, Object value) {
        boolean full = Printer.limited(() -> shown.fill(value, 0));
        String text = shown.text.toString();
        return full ? cut(text + CUT, text.length()) : text;
    }

    // Returns whether something didn't fit.
    private boolean fill(Object value, int level) {
        try {
            value(value, level);
            return false;
        } catch (Full e) {
            return true;
        }
    }

    private void value(Object value, int level) {
        if (value instanceof String string) {
            append(Printer.quoted(string, chars - text.length()));
        } else if (value == null || Guard.isGuarded() || Known.is(value) && !Printer.isOthers(value)) {
            try {
                open(value, level);
            } catch (Full e) {
                throw e;
            } catch (Throwable e) {
                problem(e);
            }
        } else {
            guarded(value, level);
        }
    }

    // What was printed before a value's code threw or was left alone stays.
    private void guarded(Object value, int level) {
        Shown inner = new Shown(chars - text.length(), items, depth, deadline);
        try {
            boolean full = Guard.call(deadline, () -> inner.fill(value, level));
            append(inner.text.toString());
            if (full) {
                throw new Full();
            }
        } catch (Full e) {
            throw e;
        } catch (Throwable e) {
            append(inner.text.toString());
            problem(e);
        }
    }

    private void problem(Throwable thrown) {
        String problem = Guard.problem(thrown);
        boolean begins = text.isEmpty() || " ([{".indexOf(text.charAt(text.length() - 1)) >= 0;
        append(begins ? problem : " " + problem);
    }

    private void open(Object value, int level) throws IOException {
        if (value instanceof Throwable thrown) {
            append("#error ");
            append(Printer.quoted(Failure.summary(thrown), chars - text.length()));
        } else if (value instanceof Number number && Known.huge(number) != null) {
            append(Known.huge(number));
        } else if (!isCollection(value) || Printer.isOthers(value)) {
            Printer.print(value, this::append);
        } else if (level >= depth) {
            append(CUT);
        } else if (value instanceof Map<?, ?> map) {
            append(value instanceof IRecord ? "#" + value.getClass().getName() + "{" : "{");
            all(Known.entries(map), ", ", level);
            append("}");
        } else {
            boolean list = value instanceof ISeq || value instanceof IPersistentList;
            append(value instanceof Set ? "#{" : list ? "(" : "[");
            all(RT.iter(value), " ", level);
            append(value instanceof Set ? "}" : list ? ")" : "]");
        }
    }

    private void all(Iterator<?> values, String separator, int level) {
        try {
            for (int i = 0; values.hasNext(); i++) {
                append(i == 0 ? "" : separator);
                if (i == items) {
                    append(CUT);
                    return;
                }
                Object next = values.next();
                if (separator.equals(" ")) {
                    value(next, level + 1);
                } else {
                    Map.Entry<?, ?> entry = (Map.Entry<?, ?>) next;
                    value(entry.getKey(), level + 1);
                    append(" ");
                    value(entry.getValue(), level + 1);
                }
            }
        } catch (Full e) {
            throw e;
        } catch (Throwable e) {
            problem(e);
        }
    }

    private static boolean isCollection(Object value) {
        return value instanceof Collection || value instanceof Map || value instanceof Sequential && value instanceof Iterable
                || value != null && value.getClass().isArray();
    }

    private void append(String more) {
        int room = chars - text.length();
        if (more.length() > room) {
            text.append(more, 0, Math.max(0, room));
            throw new Full();
        }
        text.append(more);
    }

    /** Thrown when the text has its maximum length. */
    private static final class Full extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Full() {
            super(null, null, false, false);
        }
    }
}
