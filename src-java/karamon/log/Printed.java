package karamon.log;

import clojure.lang.IDeref;
import clojure.lang.RT;
import clojure.lang.Symbol;
import clojure.lang.Var;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** Values as their {@code toString} prints them, within limits for what Clojure prints. */
final class Printed {
    private static final Var LENGTH = RT.CLOJURE_NS.findInternedVar(Symbol.intern("*print-length*"));
    private static final Var LEVEL = RT.CLOJURE_NS.findInternedVar(Symbol.intern("*print-level*"));

    private Printed() {}

    /** Returns a value's text: of each collection in it that Clojure prints so many items, so many levels deep. */
    static String of(Object value, long items, long levels) {
        if (value == null || value instanceof String) {
            return String.valueOf(value);
        }
        Var.pushThreadBindings(RT.map(LENGTH, items, LEVEL, levels));
        try {
            return value.toString();
        } finally {
            Var.popThreadBindings();
        }
    }

    /** Returns whether a value's text may have no end where nobody sets limits. */
    static boolean mayBeEndless(Object value) {
        return value instanceof Iterable && !(value instanceof Path) || value instanceof Map || value instanceof IDeref
                || value instanceof AtomicReference || value instanceof Optional;
    }
}
