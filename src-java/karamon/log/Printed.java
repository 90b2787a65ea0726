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

/** Prints values, with limits for Clojure's collections. */
final class Printed {
    private static final Var LENGTH = RT.CLOJURE_NS.findInternedVar(Symbol.intern("*print-length*"));
    private static final Var LEVEL = RT.CLOJURE_NS.findInternedVar(Symbol.intern("*print-level*"));

    private Printed() {}

    /** Returns a value's {@code toString}, with the limits of {@link Plain} for collections that Clojure prints. */
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

    /** Returns a value as {@code pr} prints it, cut off after {@code max} characters. Never throws, even if the value does. */
    static String readably(Object value, int max) {
        Cut out = new Cut(max);
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

    /** Thrown when the text has its maximum length. */
    private static final class Full extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Full() {
            super(null, null, false, false);
        }
    }

    private static final class Cut extends Writer {
        private final StringBuilder text = new StringBuilder();
        private final int max;

        Cut(int max) {
            this.max = max;
        }

        @Override
        public void write(char[] chars, int offset, int length) {
            text.append(chars, offset, Math.min(length, max - text.length()));
            if (text.length() == max) {
                throw new Full();
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    /** Returns whether a value's text may be endless when printed without limits. */
    static boolean mayBeEndless(Object value) {
        return value instanceof Iterable && !(value instanceof Path) || value instanceof Map || value instanceof IDeref
                || value instanceof AtomicReference || value instanceof Optional;
    }
}
