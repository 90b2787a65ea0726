package karamon.text;

import clojure.lang.IMeta;
import clojure.lang.Keyword;
import clojure.lang.MultiFn;
import clojure.lang.RT;
import clojure.lang.Symbol;
import clojure.lang.Var;
import java.io.IOException;
import java.io.Writer;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Clojure's own printer. */
public final class Printer {
    private static final Var LENGTH = var("*print-length*");
    private static final Var LEVEL = var("*print-level*");
    private static final Var META = var("*print-meta*");
    private static final Var READABLY = var("*print-readably*");
    private static final Var DUP = var("*print-dup*");
    private static final MultiFn METHOD = (MultiFn) var("print-method").deref();
    private static final Keyword TYPE = Keyword.intern(null, "type");
    // For text that a value's own code makes of collections: together at most a million items.
    private static final int ITEMS = 30;
    private static final int DEPTH = 4;

    private Printer() {}

    private static Var var(String name) {
        return RT.CLOJURE_NS.findInternedVar(Symbol.intern(name));
    }

    /**
     * Calls a function under limits for what Clojure prints: the text that a value's or exception's own code makes of its data.
     *
     * @param printing the function
     * @return its result
     */
    public static <T> T limited(Supplier<T> printing) {
        Var.pushThreadBindings(RT.map(LENGTH, ITEMS, LEVEL, DEPTH, META, false, READABLY, true, DUP, false));
        try {
            return printing.get();
        } finally {
            Var.popThreadBindings();
        }
    }

    /** Returns whether somebody else's {@code print-method} is for a value: it may hide a secret. */
    static boolean isOthers(Object value) {
        Object type = value instanceof IMeta of ? RT.get(of.meta(), TYPE) : null;
        try {
            Object method = METHOD.getMethod(type instanceof Keyword ? type : value.getClass());
            return method != null && !method.getClass().getName().startsWith(RT.CLOJURE_NS.getName() + "$");
        } catch (IllegalArgumentException e) {
            return false; // Several methods fit.
        }
    }

    /** Returns a string as {@code pr} prints it, or more than its first {@code chars} characters. */
    static String quoted(String string, int chars) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < string.length() && quoted.length() <= chars; i++) {
            char c = string.charAt(i);
            int escape = "\"\\\n\t\r\f\b".indexOf(c);
            if (escape < 0) {
                quoted.append(c);
            } else {
                quoted.append('\\').append("\"\\ntrfb".charAt(escape));
            }
        }
        return quoted.append('"').toString();
    }

    /** Prints a value as {@code pr} does; passes its text on in pieces. */
    static void print(Object value, Consumer<String> text) throws IOException {
        RT.print(value, new Writer() {
            @Override
            public void write(char[] chars, int offset, int length) {
                text.accept(new String(chars, offset, length));
            }

            @Override
            public void write(String chars, int offset, int length) {
                text.accept(chars.substring(offset, offset + length));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        });
    }
}
