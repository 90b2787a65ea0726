package karamon.log;

import clojure.lang.ExceptionInfo;
import clojure.lang.IExceptionInfo;
import clojure.lang.IPersistentMap;
import clojure.lang.RT;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import karamon.text.Failure;
import karamon.text.Fatal;
import karamon.text.Guard;

/**
 * Makes exceptions safe for code outside Karamon. AWS's runtime client prints a handler's exception by calling the exception's
 * own methods: endless data in it would fill the memory, and if getMessage threw, the invocation would get no answer. And it ends
 * the process after a {@link StackOverflowError}.
 */
public final class Printable {
    private static final int MAX_THROWABLES = 1000;
    private static final int MAX_CAUSES = 30;
    private static final int MAX_FRAMES = 1024;
    private static final int MAX_DATA_BYTES = 64 * 1024;

    private Printable() {}

    /** Replaces an exception that can't be printed, or whose cause can't; its message begins with the class. */
    public static final class Copy extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private Copy(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /**
     * Returns an exception that can be printed.
     *
     * @param thrown not null, and not fatal
     * @return the same one if possible; else a copy with its message, trace and causes: an {@link ExceptionInfo} with cut data,
     *     or a {@link Copy}
     */
    public static Throwable of(Throwable thrown) {
        if (isPrintable(thrown)) {
            return thrown;
        }
        long deadline = Guard.deadline();
        return copy(Failure.chain(thrown, deadline), 0, deadline);
    }

    private static boolean isPrintable(Throwable thrown) {
        long deadline = Guard.deadline();
        try {
            return !(thrown instanceof StackOverflowError) && Guard.call(deadline, () -> prints(thrown, deadline));
        } catch (Throwable e) {
            Fatal.rethrow(e);
            return false;
        }
    }

    private static boolean prints(Throwable thrown, long deadline) {
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        ArrayDeque<Throwable> left = new ArrayDeque<>(List.of(thrown));
        while (!left.isEmpty()) {
            Throwable next = left.pop();
            if (!seen.add(next)) {
                continue;
            }
            if (seen.size() > MAX_THROWABLES || !printsAlone(next, deadline)) {
                return false;
            }
            left.addAll(List.of(next.getSuppressed()));
            if (next.getCause() != null) {
                left.add(next.getCause());
            }
        }
        List<Throwable> chain = Failure.chain(thrown, deadline);
        return chain.get(chain.size() - 1).getCause() == null;
    }

    // An ex-info's own text contains its data, so that is checked first.
    private static boolean printsAlone(Throwable thrown, long deadline) {
        return (!(thrown instanceof IExceptionInfo info) || new Plain(Entry.MAX_BYTES, deadline).holds(info.getData()))
                && isShort(thrown.getMessage()) && isShort(thrown.getLocalizedMessage()) && isShort(thrown.toString())
                && thrown.getStackTrace().length <= MAX_FRAMES;
    }

    private static boolean isShort(String text) {
        return text == null || text.length() <= Entry.MAX_BYTES;
    }

    private static Throwable copy(List<Throwable> chain, int index, long deadline) {
        Throwable thrown = chain.get(index);
        Throwable cause = index + 1 < Math.min(chain.size(), MAX_CAUSES) ? copy(chain, index + 1, deadline) : null;
        String message = Failure.message(thrown, deadline);
        Throwable copy = thrown instanceof IExceptionInfo
                ? new ExceptionInfo(message == null ? "" : message, cutData(thrown, deadline), cause)
                : new Copy(thrown.getClass().getName() + ": " + message, cause);
        copy.setStackTrace(Failure.trace(thrown, deadline));
        return copy;
    }

    private static IPersistentMap cutData(Throwable thrown, long deadline) {
        return RT.map("cut", new Plain(MAX_DATA_BYTES, deadline).value(Failure.data(thrown, deadline)));
    }
}
