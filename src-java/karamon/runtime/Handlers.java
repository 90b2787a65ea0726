package karamon.runtime;

import clojure.java.api.Clojure;
import clojure.lang.Compiler.CompilerException;
import clojure.lang.IFn;
import clojure.lang.IMeta;
import clojure.lang.IPersistentCollection;
import clojure.lang.Keyword;
import clojure.lang.Namespace;
import clojure.lang.RT;
import clojure.lang.Symbol;
import clojure.lang.Var;
import java.io.FileNotFoundException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import karamon.log.Bridges;
import karamon.log.Printable;
import karamon.text.Failure;
import karamon.text.Fatal;
import karamon.text.Nearest;
import karamon.text.Shown;

/** Finds the function of a {@code namespace/name}, and makes a {@link Handler} of it. */
public final class Handlers {
    private static final Keyword GATEWAY = Keyword.intern("karamon", "gateway");
    private static final Keyword LAMBDA = Keyword.intern("karamon", "lambda");
    // More than code has that a namespace prints while it loads.
    private static final int MAX_PRINTED_ITEMS = 100_000;
    private static final int MAX_PRINTED_DEPTH = 100;

    private Handlers() {}

    /**
     * Applies settings in the environment that take effect before any namespace is loaded.
     *
     * <p>{@code KARAMON_LOG_BRIDGE=true} sends other loggers' events to {@code karamon.log}. That must happen here, since loading
     * a namespace that uses such a logger may fix where its events go.
     *
     * <p>{@code KARAMON_CLOJURE_API=true} starts Clojure through its documented API, {@code clojure.java.api.Clojure}. That loads
     * hundreds of classes that aren't needed to find a handler (clojure.main, clojure.spec, the socket server, {@code user.clj}).
     * It is for code that expects them to be loaded, or for versions of Clojure without the internal API.
     *
     * @param environment names to values
     */
    public static void prepare(Map<String, String> environment) {
        if ("true".equals(environment.get("KARAMON_LOG_BRIDGE"))) {
            Bridges.install();
        }
        if ("true".equals(environment.get("KARAMON_CLOJURE_API"))) {
            Clojure.var("clojure.core", "require");
        }
    }

    /** Returns whether Lambda is to take a SnapStart snapshot of this process when the handler is loaded. */
    static boolean takesSnapshot(Map<String, String> environment) {
        return "snap-start".equals(environment.get("AWS_LAMBDA_INITIALIZATION_TYPE"));
    }

    /**
     * Loads a namespace and returns its handler of a name.
     *
     * @param name {@code namespace/name}
     * @return the handler; each call uses the var's current value, but the options that it has now
     * @throws InitError when there is none; each cause has its subclass
     */
    public static Handler load(String name) {
        return load("KARAMON_HANDLER", name);
    }

    /** Does the same; if there is no name, the error names the environment variable that should hold it. */
    static Handler load(String variable, String name) {
        int slash = name == null ? -1 : name.indexOf('/');
        if (slash < 1 || slash == name.length() - 1) {
            throw new InitError.NoHandlerNamed(variable + " must name a function as namespace/name, such as example.core/hello, "
                    + "found " + (name == null ? "nothing" : Shown.of(name)));
        }
        String namespace = name.substring(0, slash);
        require(namespace, name);
        Var var = Var.find(Symbol.intern(namespace, name.substring(slash + 1)));
        if (var == null) {
            throw new InitError.NoVar("No var " + name + ": " + listed(namespace, name.substring(slash + 1)));
        }
        return of(var);
    }

    /**
     * Returns the handler in a var: a gateway handler if the var has {@link #options}, a function of an event as data if
     * {@code deflambda} or {@code defbatch} defined it, else a plain function from the raw event to data.
     *
     * @param var a var whose namespace is loaded
     * @return the handler; each call uses the var's current value, but the options that it has now
     * @throws InitError.NotAHandler when the var doesn't hold a function
     */
    public static Handler of(Var var) {
        String name = var.toSymbol().toString();
        Object value = var.isBound() ? var.deref() : null;
        boolean data = value instanceof IPersistentCollection || value instanceof Keyword || value instanceof Symbol;
        if (var.isMacro() || !(value instanceof IFn) || data) {
            throw new InitError.NotAHandler(name + " isn't a handler: it holds "
                    + (var.isMacro() ? "a macro" : !var.isBound() ? "nothing" : value == null ? "nil" : "a " + value.getClass().getName())
                    + ", expected a function of an event and a context, as defgateway defines");
        }
        Object gateway = options(var);
        if (gateway != null) {
            return GatewayFunction.of(name, var, gateway);
        }
        Object lambda = RT.get(var.meta(), LAMBDA);
        return RT.booleanCast(lambda) ? new LambdaFunction(var, GatewayFunction.isExact(lambda)) : new PlainFunction(var);
    }

    /**
     * Returns the options of the gateway handler in a var: {@code :karamon/gateway} in the var's metadata, set by
     * {@code defgateway}, or else in its value's metadata, set by {@code karamon.ring/handler}.
     *
     * @param var any var
     * @return the options; null when the var doesn't hold a gateway handler
     */
    public static Object options(Var var) {
        Object value = var.isBound() ? var.deref() : null;
        Object options = RT.get(var.meta(), GATEWAY, value instanceof IMeta of ? RT.get(of.meta(), GATEWAY) : null);
        return Boolean.FALSE.equals(options) ? null : options;
    }

    /**
     * Makes a gateway handler of a function, with {@code defgateway}'s options.
     *
     * @param name for the log
     * @param function of a request map and a context map
     * @param options a result of {@code karamon.gateway/options}; null for none
     * @return the handler
     */
    public static Handler gateway(String name, IFn function, Object options) {
        return GatewayFunction.of(name, function, options);
    }

    // The only use of Clojure's internal API, RT: the documented API loads hundreds of classes more. Holds Clojure's own lock:
    // else a second thread would consider a namespace loaded while the first is still loading it.
    private static void require(String namespace, String handler) {
        // The compiler's exceptions contain the text of the cause, and so all data of an ex-info, which may be endless.
        Var.pushThreadBindings(RT.map(core("*print-length*"), MAX_PRINTED_ITEMS, core("*print-level*"), MAX_PRINTED_DEPTH));
        try {
            synchronized (RT.REQUIRE_LOCK) {
                RT.var("clojure.core", "require").invoke(Symbol.intern(namespace));
            }
        } catch (Throwable e) {
            Fatal.rethrow(e);
            LoadedLibs.forget(e);
            if (e instanceof FileNotFoundException && !ClassPath.hasNamespace(namespace)) {
                throw new InitError.NoNamespace("No namespace " + namespace + " for the handler " + handler + ": looked for "
                        + ClassPath.file(namespace) + ".clj, .cljc and __init.class on the class path." + nearestNamespace(namespace));
            }
            throw broken(namespace, e);
        } finally {
            Var.popThreadBindings();
        }
    }

    private static Var core(String name) {
        return RT.CLOJURE_NS.findInternedVar(Symbol.intern(name));
    }

    private static String nearestNamespace(String namespace) {
        Set<String> known = ClassPath.namespaces();
        return (known.isEmpty() ? " It has no namespaces of your own." : " It has " + String.join(", ", known) + ".")
                + Nearest.hint(namespace, known);
    }

    private static InitError broken(String namespace, Throwable thrown) {
        List<Throwable> chain = Failure.chain(thrown);
        Throwable cause = chain.get(chain.size() - 1);
        String where = "";
        boolean compiling = false;
        for (Throwable e : chain) {
            if (e instanceof CompilerException compiler) {
                where = " (" + compiler.source + ", line " + compiler.line + ")";
                compiling = !CompilerException.PHASE_EXECUTION.equals(compiler.getData().valAt(CompilerException.ERR_PHASE));
            }
        }
        return new InitError.BrokenNamespace(
                "The namespace " + namespace + (compiling ? " doesn't compile: " : " failed to load: " + cause.getClass().getName() + ": ")
                        + Failure.message(cause) + where,
                Printable.of(thrown));
    }

    private static String listed(String namespace, String wanted) {
        Namespace ns = Namespace.find(Symbol.intern(namespace));
        TreeSet<String> functions = new TreeSet<>();
        TreeSet<String> handlers = new TreeSet<>();
        String kind = "gateway handlers";
        for (Object item : ns.getMappings()) {
            Object value = ((Map.Entry<?, ?>) item).getValue();
            if (value instanceof Var var && var.ns == ns && var.isBound() && var.deref() instanceof IFn && !var.isMacro()) {
                boolean lambda = RT.get(var.meta(), LAMBDA) != null;
                kind = lambda ? "handlers" : kind;
                (lambda || options(var) != null ? handlers : functions).add(var.sym.getName());
            }
        }
        TreeSet<String> known = handlers.isEmpty() ? functions : handlers;
        return "the namespace " + namespace + " has "
                + (known.isEmpty() ? "no functions"
                        : "the " + (handlers.isEmpty() ? "functions" : kind) + " " + String.join(", ", known))
                + "." + Nearest.hint(wanted, handlers.isEmpty() || Nearest.to(wanted, handlers) == null ? functions : handlers);
    }
}
