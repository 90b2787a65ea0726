package karamon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
    void endlessRecursionFailsOnlyItsInvocation() throws Exception {
        addNamespace("ours/deep.clj", """
                (ns ours.deep)

                (defn dig [event ctx]
                  (if (get event "deep") (inc (dig event ctx)) 0))
                """);
        RuntimeProcess runtime = start("ours.deep/dig");
        assertEquals("java.lang.StackOverflowError", runtime.await(api.send("{\"deep\": true}")).errorType());
        assertEquals("0", runtime.await(api.send("{}")).text());
    }

    @Test
    void aMalformedClientContextFailsOnlyItsInvocation() throws Exception {
        RuntimeProcess runtime = start("example.core/hello");
        Answer answer = runtime.await(api.send(event("rest-echo"), Map.of("Lambda-Runtime-Client-Context", "{oops")));
        assertEquals("karamon.json.MalformedJson", answer.errorType());
        assertFalse(runtime.await(api.send(event("rest-echo"))).error());
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
