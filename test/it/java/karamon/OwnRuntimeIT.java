package karamon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Map;
import karamon.RuntimeApi.Answer;
import org.junit.jupiter.api.Test;

/** Tests the answers of functions on Karamon's own runtime. */
class OwnRuntimeIT extends RuntimeAnswers {

    @Override
    RuntimeProcess start(String handler, Map<String, String> environment) throws IOException {
        return startOwn(handler, environment, "-Xmx256m");
    }

    @Test
    void outOfMemoryIsLoggedAndEndsTheProcess() throws Exception {
        addNamespace("ours/hungry.clj", """
                (ns ours.hungry)

                (defn eat [event ctx]
                  (throw (OutOfMemoryError. "as if")))
                """);
        RuntimeProcess runtime = start("ours.hungry/eat");
        Answer answer = runtime.await(api.send("{}"));
        assertEquals("java.lang.OutOfMemoryError", answer.errorType());
        assertEquals(1, runtime.exitCode());
        assertTrue(runtime.log().contains("karamon: fatal error: java.lang.OutOfMemoryError: as if"), runtime.log());
    }

    @Test
    void aMalformedClientContextFailsOnlyItsInvocation() throws Exception {
        RuntimeProcess runtime = start("example.core/hello");
        Answer answer = runtime.await(api.send(event("rest-echo"), Map.of("Lambda-Runtime-Client-Context", "{oops")));
        assertEquals("karamon.json.MalformedJson", answer.errorType());
        assertFalse(runtime.await(api.send(event("rest-echo"))).error());
    }

    private static final String TRACED = """
            (ns ours.traced
              (:require [karamon.context :as context]
                        [karamon.trace :as trace]))

            (defn f [event ctx]
              {:property    (System/getProperty "com.amazonaws.xray.traceHeader")
               :traceparent (context/traceparent ctx)
               :span        (trace/span "work" {:orderId 7} 7)})
            """;

    // The package has no OpenTelemetry.
    private Map<?, ?> traced(Map<String, String> environment) throws Exception {
        Map<?, ?> answer = (Map<?, ?>) json(start("ours.traced/f", environment).await(api.send("{}")));
        assertEquals(7L, answer.get("span"));
        assertEquals("00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01", answer.get("traceparent"));
        return answer;
    }

    @Test
    void theTraceIsThatOfTheProcessUnlessInvocationsAreConcurrent() throws Exception {
        addNamespace("ours/traced.clj", TRACED);
        assertEquals(RuntimeApi.TRACE_ID, traced(Map.of()).get("property"));
    }

    @Test
    void concurrentInvocationsHaveTheirTracesInTheContextMapOnly() throws Exception {
        addNamespace("ours/traced.clj", TRACED);
        assertNull(traced(Map.of("AWS_LAMBDA_MAX_CONCURRENCY", "2")).get("property"));
    }

    @Test
    void proxiesAreIgnored() throws Exception {
        RuntimeProcess runtime = startOwn("example.core/hello", Map.of("http_proxy", "http://127.0.0.1:1"),
                "-DsocksProxyHost=127.0.0.1", "-DsocksProxyPort=1", "-Dhttp.proxyHost=127.0.0.1", "-Dhttp.proxyPort=1",
                "-Dhttp.nonProxyHosts=", "-DsocksNonProxyHosts=");
        assertFalse(runtime.await(api.send(event("rest-echo"))).error());
    }

    @Test
    void aRuntimeApiThatIsGoneEndsTheProcess() throws Exception {
        RuntimeProcess runtime = startOwn("example.core/hello", Map.of("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1"));
        assertEquals(1, runtime.exitCode());
        assertTrue(runtime.log().contains("karamon: Can't connect to the Runtime API at 127.0.0.1:1: "), runtime.log());
    }
}
