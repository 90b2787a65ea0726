package karamon.runtime;

import clojure.lang.IPersistentSet;
import clojure.lang.LockingTransaction;
import clojure.lang.Namespace;
import clojure.lang.RT;
import clojure.lang.Ref;
import clojure.lang.Symbol;
import java.util.HashSet;
import java.util.Set;
import karamon.text.Failure;
import karamon.text.Guard;

/** Clojure's record of the namespaces that need not be loaded again. */
final class LoadedLibs {
    private static final String COMPILED = "__init";

    private LoadedLibs() {}

    /**
     * Removes the namespaces that failed to load, which Clojure records before it loads the code below their {@code ns} form. Else
     * the next {@code require} would do nothing, and the namespace would be missing or half loaded.
     *
     * @param thrown what loading a namespace threw
     */
    static void forget(Throwable thrown) {
        Set<String> failed = compiledNamespaces(thrown);
        Ref libs = (Ref) RT.CLOJURE_NS.findInternedVar(Symbol.intern("*loaded-libs*")).deref();
        try {
            LockingTransaction.runInTransaction(() -> {
                IPersistentSet kept = (IPersistentSet) libs.deref();
                for (Object lib : (Iterable<?>) kept) {
                    if (Namespace.find((Symbol) lib) == null || failed.contains(file((Symbol) lib))) {
                        kept = kept.disjoin(lib);
                    }
                }
                return libs.set(kept);
            });
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static String file(Symbol lib) {
        return lib.getName().replace('-', '_');
    }

    // The compiled code of a namespace is the static initializer of its class. Clojure doesn't remove the namespace when that fails.
    private static Set<String> compiledNamespaces(Throwable thrown) {
        long deadline = Guard.deadline();
        Set<String> names = new HashSet<>();
        for (Throwable e : Failure.chain(thrown, deadline)) {
            for (StackTraceElement frame : Failure.trace(e, deadline)) {
                String name = frame.getClassName();
                if (frame.getMethodName().equals("<clinit>") && name.endsWith(COMPILED)) {
                    names.add(name.substring(0, name.length() - COMPILED.length()));
                }
            }
        }
        return names;
    }
}
