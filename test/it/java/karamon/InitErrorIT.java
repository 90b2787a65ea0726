package karamon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import karamon.RuntimeApi.Answer;
import org.junit.jupiter.api.Test;

/** A function that can't start reports the cause to Lambda, with a type for each kind of cause, and ends. */
class InitErrorIT extends InRuntime {

    /** Returns the environment variable that names the handler. */
    String variable() {
        return "KARAMON_HANDLER";
    }

    private void assertInitError(String handler, String kind, String... parts) throws Exception {
        RuntimeProcess runtime = start(handler);
        Answer answer = runtime.await(api.initError());
        Map<?, ?> error = (Map<?, ?>) json(answer);
        String message = (String) error.get("errorMessage");
        for (String part : parts) {
            assertTrue(message.contains(part), message);
        }
        assertEquals("karamon.runtime.InitError$" + kind, error.get("errorType"));
        assertNotEquals(0, runtime.exitCode());
        assertTrue(runtime.log().contains(message), runtime.log());
    }

    @Test
    void aMissingNamespace() throws Exception {
        assertInitError("example.cor/echo", "NoNamespace",
                "No namespace example.cor for the handler example.cor/echo: looked for example/cor.clj, .cljc and __init.class "
                        + "on the class path. It has example.core, example.events, example.objects, example.prices. Did you mean example.core?");
    }

    @Test
    void aMissingVar() throws Exception {
        assertInitError("example.core/ecko", "NoVar",
                "No var example.core/ecko: the namespace example.core has the gateway handlers echo, ", ". Did you mean echo?");
    }

    @Test
    void aVarWithoutAHandler() throws Exception {
        addNamespace("ours/data.clj", "(ns ours.data)\n(def table {:a 1})\n");
        assertInitError("ours.data/table", "NotAHandler",
                "ours.data/table isn't a handler: it holds a clojure.lang.PersistentArrayMap, expected a function of an event "
                        + "and a context, as defgateway defines");
    }

    @Test
    void aNamespaceThatDoesntCompile() throws Exception {
        addNamespace("ours/broken.clj", "(ns ours.broken)\n\n(defn handler [event ctx]\n  (no-such-function event))\n");
        assertInitError("ours.broken/handler", "BrokenNamespace",
                "The namespace ours.broken doesn't compile: Unable to resolve symbol: no-such-function in this context "
                        + "(ours/broken.clj, line 4)");
    }

    @Test
    void aNamespaceThatThrowsEndlessData() throws Exception {
        addNamespace("ours/endless.clj", "(ns ours.endless)\n\n(throw (ex-info \"no settings\" {:expected (range)}))\n");
        assertInitError("ours.endless/handler", "BrokenNamespace",
                "The namespace ours.endless failed to load: clojure.lang.ExceptionInfo: no settings (ours/endless.clj, line 3)");
    }

    @Test
    void anInvalidName() throws Exception {
        assertInitError("example.core", "NoHandlerNamed",
                variable() + " must name a function as namespace/name, such as example.core/hello, found \"example.core\"");
    }
}
