package karamon.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import clojure.lang.IPersistentMap;
import clojure.lang.Keyword;
import clojure.lang.Namespace;
import clojure.lang.RT;
import clojure.lang.Symbol;
import clojure.lang.Var;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.LambdaLogger;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import karamon.log.Log;
import karamon.log.Running;
import org.junit.jupiter.api.Test;

class PrimingTest {
    private static final Object EVENTS = RT.vector(RT.map("a", 1L), RT.map("b", 2L), "events/sqs.json");
    private static final long MINUTE = 60_000;

    private final List<String> called = new ArrayList<>();
    private final List<Context> contexts = new ArrayList<>();
    private final StringBuilder log = new StringBuilder();

    // All tests share the namespace, so each test has its own var.
    private Priming priming(String var, IPersistentMap meta, Handler handler) {
        Namespace ns = Namespace.findOrCreate(Symbol.intern("karamon.priming-test-vars"));
        Var.intern(ns, Symbol.intern(var), null).setMeta(meta);
        return new Priming("karamon.priming-test-vars/" + var, handler, Map.of("AWS_LAMBDA_FUNCTION_NAME", "test"), logger());
    }

    private LambdaLogger logger() {
        return new LambdaLogger() {
            @Override
            public void log(String text) {
                log.append(text);
            }

            @Override
            public void log(byte[] text) {
                log.append(new String(text, StandardCharsets.UTF_8));
            }
        };
    }

    private static IPersistentMap gateway(Object events) {
        return RT.map(Keyword.intern("karamon", "gateway"), RT.map(Keyword.intern(null, "prime"), events));
    }

    private static IPersistentMap plain(Object events) {
        return RT.map(Keyword.intern("karamon", "prime"), events);
    }

    private byte[] note(byte[] event, Context context) {
        called.add(new String(event, StandardCharsets.UTF_8));
        contexts.add(context);
        return new byte[0];
    }

    @Test
    void theHandlerIsCalledWithTheEventsInTurn() {
        priming("turns", gateway(EVENTS), this::note).run();
        assertEquals(200, called.size());
        assertEquals(List.of("{\"a\":1}", "{\"b\":2}"), called.subList(0, 2));
        assertTrue(called.get(2).contains("\"Records\""), "the resource, unchanged");
        assertEquals(67, Collections.frequency(called, "{\"a\":1}"));
        assertTrue(log.toString().matches("INFO karamon.priming-test-vars/turns primed: 200 calls, \\d+ ms\n"), log.toString());
    }

    @Test
    void theHandlersOwnEventsAreNoFailuresAndNamePriming() {
        priming("logging", gateway(EVENTS), (event, context) -> {
            new Log(Map.of()).write(LogLevel.ERROR, "ours", "said", Map.of(), null);
            return note(event, context);
        }).run();
        assertEquals(200, called.size());
        List<String> said = log.toString().lines().filter(line -> line.endsWith("Z priming ERROR ours said")).toList();
        assertEquals(200, said.size(), log.toString());
        assertNull(Running.current());
    }

    @Test
    void aPlainFunctionHasEventsInItsMetadata() {
        priming("plain", plain(EVENTS), this::note).run(0, MINUTE);
        assertEquals(3, called.size(), "each at least once");
    }

    @Test
    void withoutEventsNothingIsCalledOrLogged() {
        priming("none", RT.map(), this::note).run();
        priming("empty", gateway(RT.vector()), this::note).run();
        assertEquals(List.of(), called);
        assertEquals("", log.toString());
    }

    @Test
    void theContextIsThatOfAPrimingCall() {
        priming("context", plain(RT.vector(RT.map())), this::note).run(1, MINUTE);
        Context context = contexts.get(0);
        assertEquals("priming", context.getAwsRequestId());
        assertEquals("test", context.getFunctionName());
        assertTrue(context.getRemainingTimeInMillis() > 0);
        assertEquals("priming", RT.get(ContextMap.of(context), Keyword.intern(null, "aws-request-id")));
    }

    @Test
    void aCallThatThrowsIsLoggedAndNotRepeated() {
        Handler handler = (event, context) -> {
            note(event, context);
            if (called.get(called.size() - 1).contains("a")) {
                throw new AssertionError("no a");
            }
            return new byte[0];
        };
        priming("throws", plain(RT.vector(RT.map("a", 1L), RT.map("b", 2L))), handler).run(10, MINUTE);
        assertEquals(10, called.size());
        assertEquals(1, Collections.frequency(called, "{\"a\":1}"));
        assertEquals(2, log.toString().split("no a|10 calls", 3).length - 1, log.toString());
        assertTrue(log.toString().startsWith("WARN karamon.priming-test-vars/throws: a priming call failed"), log.toString());
    }

    @Test
    void aCallThatLogsAFailureIsNotRepeated() {
        Handler handler = (event, context) -> {
            context.getLogger().log("ERROR\n");
            return note(event, context);
        };
        priming("logs", plain(EVENTS), handler).run();
        assertEquals(3, called.size());
        assertTrue(log.toString().startsWith("ERROR\nERROR\nERROR\nINFO "), log.toString());
    }

    @Test
    void fatalErrorsAreThrown() {
        Handler handler = (event, context) -> {
            throw new OutOfMemoryError("x");
        };
        assertThrows(OutOfMemoryError.class, () -> priming("memory", plain(EVENTS), handler).run());
    }

    @Test
    void primingEndsWhenItsTimeIsUp() {
        priming("time", plain(EVENTS), this::note).run(200, 0);
        assertEquals(List.of(), called);
    }

    @Test
    void eventsThatCannotBeReadAreLogged() {
        priming("missing", plain(RT.vector("no/such.json")), this::note).run();
        assertTrue(log.toString().contains("missing: the priming events can't be read"), log.toString());
        assertTrue(log.toString().contains("There is no no/such.json on the class path"), log.toString());
        priming("number", plain(1L), this::note).run();
        assertTrue(log.toString().contains("number: the priming events can't be read"), log.toString());
        assertEquals(List.of(), called);
    }
}
