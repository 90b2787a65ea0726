package karamon.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import clojure.lang.Keyword;
import clojure.lang.Namespace;
import clojure.lang.RT;
import clojure.lang.Symbol;
import clojure.lang.Var;
import org.junit.jupiter.api.Test;

class HandlersTest {

    private static String fails(Class<? extends InitError> type, String name) {
        return assertThrows(type, () -> Handlers.load(name)).getMessage();
    }

    private static void assertSays(String part, String message) {
        assertTrue(message.contains(part), message);
    }

    @Test
    void aHandlerIsFoundByName() {
        assertInstanceOf(GatewayFunction.class, Handlers.load("shop.core/hello"));
    }

    @Test
    void theErrorForAnInvalidNameShowsTheForm() {
        for (String name : new String[] {null, "", "hello", "/hello", "shop.core/"}) {
            assertSays("must name a function as namespace/name", fails(InitError.NoHandlerNamed.class, name));
        }
    }

    @Test
    void theErrorForAMissingNamespaceSuggestsOne() {
        String message = fails(InitError.NoNamespace.class, "shpo.core/hello");
        assertSays("No namespace shpo.core for the handler shpo.core/hello", message);
        assertSays("Did you mean shop.core?", message);
    }

    @Test
    void theErrorForAMissingVarNamesTheHandlers() {
        assertSays("has the gateway handlers echo, greet, hello.", fails(InitError.NoVar.class, "shop.core/helo"));
    }

    @Test
    void aVarWithoutAFunctionIsAnError() {
        Namespace ns = Namespace.findOrCreate(Symbol.intern("karamon.handlers-test-vars"));
        assertNoHandler("it holds a java.lang.Long", Var.intern(ns, Symbol.intern("number"), 1L));
        assertNoHandler("it holds nil", Var.intern(ns, Symbol.intern("nil"), null));
        assertNoHandler("it holds nothing", Var.intern(ns, Symbol.intern("unbound")));
        assertNoHandler("it holds a clojure.lang.Keyword", Var.intern(ns, Symbol.intern("keyword"), Keyword.intern("k")));
        assertNoHandler("it holds a clojure.lang.Persistent", Var.intern(ns, Symbol.intern("map"), RT.map()));
        assertNoHandler("it holds a macro", RT.var("clojure.core", "when"));
    }

    private static void assertNoHandler(String part, Var var) {
        assertSays(part, assertThrows(InitError.NotAHandler.class, () -> Handlers.of(var)).getMessage());
    }

    @Test
    void handlersOfDeflambdaAndDefbatchGetEventsAsData() {
        assertInstanceOf(LambdaFunction.class, Handlers.load("shop.events/settle"));
        assertInstanceOf(LambdaFunction.class, Handlers.load("shop.events/tick"));
        assertSays("has the handlers settle, tick. Did you mean tick?", fails(InitError.NoVar.class, "shop.events/tik"));
    }

    @Test
    void aFunctionWithoutOptionsIsPlain() {
        assertEquals(PlainFunction.class, Handlers.of(RT.var("clojure.core", "list")).getClass());
    }
}
