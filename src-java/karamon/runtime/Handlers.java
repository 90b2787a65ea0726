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
import karamon.log.Failure;
import karamon.log.Printable;
import karamon.text.Nearest;

/** Finds the function that a {@code namespace/name} names, and makes a {@link Handler} of it. */
public final class Handlers {
    private static final Keyword GATEWAY = Keyword.intern("karamon", "gateway");
    private static final Keyword LAMBDA = Keyword.intern("karamon", "lambda");

    private Handlers() {}

    /**
     * Does what the environment asks for before any namespace is loaded.
     *
     * <p>{@code KARAMON_LOG_BRIDGE=true} has other loggers' events come to {@code karamon.log}: here, since a namespace that uses
     * them may settle where they go by being loaded.
     *
     * <p>{@code KARAMON_CLOJURE_API=true} enters Clojure by its documented door, {@code clojure.java.api.Clojure}. That loads
     * hundreds of classes more than are needed to find a handler (clojure.main, clojure.spec, the socket server, {@code user.clj}),
     * so it is for code that expects them to be there, or for a Clojure in which the other door is shut.
     */
    static void prepare(Map<String, String> environment) {
        if ("true".equals(environment.get("KARAMON_LOG_BRIDGE"))) {
            Bridges.install();
        }
        if ("true".equals(environment.get("KARAMON_CLOJURE_API"))) {
            Clojure.var("clojure.core", "require");
        }
    }

    /**
     * Loads a namespace and returns the handler it holds.
     *
     * @param name {@code namespace/name}
     * @return the handler; it calls what the var holds at each call, with the options it has now
     * @throws InitError when there is none: a subclass for each cause
     */
    public static Handler load(String name) {
        return load("KARAMON_HANDLER", name);
    }

    /** Does the same, and names the environment variable that holds the name where there is none. */
    static Handler load(String variable, String name) {
        int slash = name == null ? -1 : name.indexOf('/');
        if (slash < 1 || slash == name.length() - 1) {
            throw new InitError.NoHandlerNamed(variable + " must name a function as namespace/name, such as example.core/hello, "
                    + "found " + (name == null ? "nothing" : RT.printString(name)));
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
     * Returns the handler that a var holds: a gateway handler when it has {@link #options}, a function of an event as data
     * when {@code deflambda} or {@code defbatch} defined it, else a plain function from the raw event to data.
     *
     * @param var a var whose namespace is loaded
     * @return the handler; it calls what the var holds at each call, with the options it has now
     * @throws InitError.NotAHandler when the var holds no function
     */
    public static Handler of(Var var) {
        String name = var.toSymbol().toString();
        Object value = var.isBound() ? var.deref() : null;
        boolean data = value instanceof IPersistentCollection || value instanceof Keyword || value instanceof Symbol;
        if (var.isMacro() || !(value instanceof IFn) || data) {
            throw new InitError.NotAHandler(name + " is no handler: it holds "
                    + (var.isMacro() ? "a macro" : !var.isBound() ? "nothing" : value == null ? "nil" : "a " + value.getClass().getName())
                    + ", expected a function of an event and a context, as defgateway defines");
        }
        Object gateway = options(var);
        if (gateway != null) {
            return GatewayFunction.of(name, var, gateway);
        }
        return RT.booleanCast(RT.get(var.meta(), LAMBDA)) ? new LambdaFunction(var) : new PlainFunction(var);
    }

    /**
     * Returns the options of the gateway handler that a var holds: what its metadata has under {@code :karamon/gateway},
     * where {@code defgateway} puts them, else what its value's has, where {@code karamon.ring/handler} does.
     *
     * @param var any var
     * @return the options; null when it holds no gateway handler
     */
    public static Object options(Var var) {
        Object value = var.isBound() ? var.deref() : null;
        Object options = RT.get(var.meta(), GATEWAY, value instanceof IMeta of ? RT.get(of.meta(), GATEWAY) : null);
        return Boolean.FALSE.equals(options) ? null : options;
    }

    /**
     * Returns the gateway handler that a function makes, with marshalling as {@code defgateway}'s options say.
     *
     * @param name for the log
     * @param function of a request map and a context map
     * @param options what {@code karamon.gateway/options} returns; null for none
     * @return the handler
     */
    public static Handler gateway(String name, IFn function, Object options) {
        return GatewayFunction.of(name, function, options);
    }

    // The one place where Java names Clojure's own: by RT, since the documented door loads hundreds of classes more. Under
    // Clojure's own lock: else a second thread would take a namespace for loaded that the first is still loading.
    private static void require(String namespace, String handler) {
        try {
            synchronized (RT.REQUIRE_LOCK) {
                RT.var("clojure.core", "require").invoke(Symbol.intern(namespace));
            }
        } catch (Exception | LinkageError e) {
            if (e instanceof FileNotFoundException && !ClassPath.hasNamespace(namespace)) {
                throw new InitError.NoNamespace("No namespace " + namespace + " for the handler " + handler + ": looked for "
                        + ClassPath.file(namespace) + ".clj, .cljc and __init.class on the class path." + nearestNamespace(namespace));
            }
            throw broken(namespace, e);
        }
    }

    private static String nearestNamespace(String namespace) {
        Set<String> there = ClassPath.namespaces();
        return (there.isEmpty() ? " It has none of your own." : " It has " + String.join(", ", there) + ".")
                + Nearest.hint(namespace, there);
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
        TreeSet<String> there = handlers.isEmpty() ? functions : handlers;
        return "the namespace " + namespace + " has "
                + (there.isEmpty() ? "no functions" : "the " + (handlers.isEmpty() ? "functions" : kind) + " " + String.join(", ", there))
                + "." + Nearest.hint(wanted, handlers.isEmpty() || Nearest.to(wanted, handlers) == null ? functions : handlers);
    }
}
