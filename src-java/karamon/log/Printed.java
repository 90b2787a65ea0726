package karamon.log;

import clojure.lang.IDeref;
import clojure.lang.RT;
import clojure.lang.Symbol;
import clojure.lang.Var;
import java.io.Writer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** Values as their {@code toString} prints them, within limits for what Clojure prints. */
final class Printed {
    private static final Var LENGTH = RT.CLOJURE_NS.findInternedVar(Symbol.intern("*print-length*"));
    private static final Var LEVEL = RT.CLOJURE_NS.findInternedVar(Symbol.intern("*print-level*"));

    private Printed() {}

    /** Returns a value's text, with the limits of {@link Plain} for collections in it that Clojure prints. */
    static String of(Object value) {
        if (value == null || value instanceof String) {
            return String.valueOf(value);
        }
        Var.pushThreadBindings(RT.map(LENGTH, Plain.ITEMS, LEVEL, Plain.DEPTH));
        try {
            return value.toString();
        } finally {
            Var.popThreadBindings();
        }
    }

    /** Returns a value as Clojure's {@code pr} prints it, cut off after so many characters. Never throws what the value does. */
    static String readably(Object value, int most) {
        Cut out = new Cut(most);
        Var.pushThreadBindings(RT.map(LENGTH, Plain.ITEMS, LEVEL, Plain.DEPTH));
        try {
            RT.print(value, out);
        } catch (Full e) {
            out.text.append(Plain.CUT);
        } catch (Throwable e) {
            Fatal.rethrow(e);
            out.text.append("(printing it threw ").append(e.getClass().getName()).append(')');
        } finally {
            Var.popThreadBindings();
        }
        return out.text.toString();
    }

    /** Thrown when a text is as long as it may be. */
    private static final class Full extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Full() {
            super(null, null, false, false);
        }
    }

    private static final class Cut extends Writer {
        private final StringBuilder text = new StringBuilder();
        private final int most;

        Cut(int most) {
            this.most = most;
        }

        @Override
        public void write(char[] chars, int offset, int length) {
            text.append(chars, offset, Math.min(length, most - text.length()));
            if (text.length() == most) {
                throw new Full();
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    /** Returns whether a value's text may have no end where nobody sets limits. */
    static boolean mayBeEndless(Object value) {
        return value instanceof Iterable && !(value instanceof Path) || value instanceof Map || value instanceof IDeref
                || value instanceof AtomicReference || value instanceof Optional;
    }
}
