package karamon.runtime;

import clojure.lang.AFunction;
import clojure.lang.Keyword;
import clojure.lang.Namespace;
import clojure.lang.RT;
import clojure.lang.Symbol;
import clojure.lang.Var;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Takes the next value of a core.async channel. Never loads core.async: if there is a channel, core.async is loaded already.
 * Separate from {@link Later}, so that a handler that returns a map doesn't load this class.
 */
final class Channel extends AFunction {
    private static final long serialVersionUID = 1L;
    private static final String CORE_ASYNC = "clojure.core.async";
    private static final Keyword INTERFACE = Keyword.intern(null, "on-interface");

    private final transient CompletableFuture<Object> next = new CompletableFuture<>();

    private Channel() {}

    /** Returns the next value of a channel, or null if {@code result} isn't a channel. */
    static CompletionStage<Object> next(Object result) {
        Object port = value(CORE_ASYNC + ".impl.protocols", "ReadPort");
        if (!(RT.get(port, INTERFACE) instanceof Class<?> readPort && readPort.isInstance(result))) {
            return null;
        }
        Channel channel = new Channel();
        var(CORE_ASYNC, "take!").invoke(result, channel);
        return channel.next;
    }

    private static Object value(String namespace, String name) {
        Var var = var(namespace, name);
        return var == null || !var.isBound() ? null : var.deref();
    }

    private static Var var(String namespace, String name) {
        Namespace loaded = Namespace.find(Symbol.intern(namespace));
        return loaded == null ? null : loaded.findInternedVar(Symbol.intern(name));
    }

    /** Receives the value: the callback of {@code take!}. */
    @Override
    public Object invoke(Object value) {
        next.complete(value);
        return null;
    }
}
