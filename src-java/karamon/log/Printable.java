package karamon.log;

import clojure.lang.ExceptionInfo;
import clojure.lang.IExceptionInfo;
import clojure.lang.RT;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * Makes exceptions safe to print for code outside Karamon. AWS's runtime client prints a handler's exception by calling the
 * exception's own methods: endless data in it would fill the memory, and if getMessage threw, the invocation would get no answer.
 */
public final class Printable {
    private static final int MAX_THROWABLES = 1000;
    private static final int MAX_CAUSES = 30;
    private static final int MAX_DATA_BYTES = 64 * 1024;

    private Printable() {}

    /** Replaces an exception that can't be printed, or whose cause can't; its message begins with the class. */
    public static final class Copy extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private Copy(String message) {
            super(message);
        }
    }

    /**
     * Returns an exception that can be printed.
     *
     * @param thrown not null
     * @return the same one if possible; else a copy with its message, trace and causes: an {@link ExceptionInfo} with cut data,
     *     or a {@link Copy}
     */
    public static Throwable of(Throwable thrown) {
        return isPrintable(thrown) ? thrown : copy(Failure.chain(thrown), 0);
    }

    private static boolean isPrintable(Throwable thrown) {
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        ArrayDeque<Throwable> left = new ArrayDeque<>(List.of(thrown));
        try {
            while (!left.isEmpty()) {
                Throwable next = left.pop();
                if (!seen.add(next)) {
                    continue;
                }
                if (seen.size() > MAX_THROWABLES || !prints(next)) {
                    return false;
                }
                left.addAll(List.of(next.getSuppressed()));
                if (next.getCause() != null) {
                    left.add(next.getCause());
                }
            }
            List<Throwable> chain = Failure.chain(thrown);
            return chain.get(chain.size() - 1).getCause() == null;
        } catch (Throwable e) {
            Fatal.rethrow(e);
            return false;
        }
    }

    private static boolean prints(Throwable thrown) {
        thrown.getLocalizedMessage();
        thrown.getMessage();
        return thrown.getStackTrace() != null
                && (!(thrown instanceof IExceptionInfo info) || new Plain(Entry.MAX_BYTES).holds(info.getData()));
    }

    private static Throwable copy(List<Throwable> chain, int index) {
        Throwable thrown = chain.get(index);
        String message = Failure.message(thrown);
        Throwable copy = thrown instanceof IExceptionInfo
                ? new ExceptionInfo(message == null ? "" : message, RT.map("cut", new Plain(MAX_DATA_BYTES).value(Failure.data(thrown))))
                : new Copy(thrown.getClass().getName() + ": " + message);
        copy.setStackTrace(Failure.trace(thrown));
        if (index + 1 < Math.min(chain.size(), MAX_CAUSES)) {
            copy.initCause(copy(chain, index + 1));
        }
        return copy;
    }
}
