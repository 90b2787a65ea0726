package karamon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import karamon.RuntimeApi.Answer;
import karamon.test.Scripted;
import karamon.test.Scripted.Streamed;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests streaming by Karamon's own runtime, as seen on a plain socket. */
class StreamingIT extends InRuntime {
    private static final long MEBIBYTES_200 = 200L * 1024 * 1024;

    @TempDir
    private Path shared;

    @BeforeEach
    void addTheHandlers() throws Exception {
        addNamespace("ours/streaming.clj", """
                (ns ours.streaming
                  (:require [karamon.gateway :refer [defgateway]])
                  (:import (java.io File InputStream OutputStream)))

                (def ^"[B" mebibyte (byte-array 1048576 (byte 120)))

                (defgateway written {:stream true} [event ctx]
                  {:body (fn [^OutputStream out] (dotimes [_ 200] (.write out mebibyte)))})

                (defgateway lazy {:stream true} [event ctx]
                  {:body (map (fn [_] (String. mebibyte "US-ASCII")) (iterate inc 0))})

                (defgateway items {:stream true} [event ctx]
                  {:body (map (fn [_] (aclone mebibyte)) (take 200 (iterate inc 0)))})

                (defgateway copied {:stream true} [event ctx]
                  (let [left (volatile! (* 200 1048576))]
                    {:body (proxy [InputStream] []
                             (read
                               ([] (throw (UnsupportedOperationException.)))
                               ([^bytes b] (let [n (min (alength b) (long @left))]
                                             (vswap! left - n)
                                             (if (zero? n) -1 n)))))}))

                ;; Makes a file longer by a byte for each mebibyte: who reads its size never sees half of a number.
                (defgateway counted {:stream true} [event ctx]
                  {:status 201, :headers {:content-type "text/plain"}, :cookies ["a=1"]
                   :body (fn [^OutputStream out]
                           (dotimes [_ 200]
                             (spit (System/getenv "COUNT") "." :append true)
                             (.write out mebibyte)))})

                (defgateway broken {:stream true} [event ctx]
                  {:body (fn [^OutputStream out]
                           (.write out (.getBytes "half of it"))
                           (.flush out)
                           (throw (ex-info "The other half is gone" {})))})
                """);
    }

    private Streamed stream(String handler, String source, String... flags) throws Exception {
        CompletableFuture<Streamed> seen = new CompletableFuture<>();
        String event = event(source);
        try (Scripted raw = new Scripted(
                peer -> peer.handOut(event),
                peer -> {
                    seen.complete(peer.stream());
                    peer.end();
                })) {
            RuntimeProcess runtime = startOwn(handler, Map.of("AWS_LAMBDA_RUNTIME_API", raw.address()), flags);
            assertEquals(1, runtime.exitCode(), "the script ends the runtime");
            assertFalse(runtime.log().contains("OutOfMemory"), runtime.log());
        }
        return seen.get(1, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"written", "items", "copied"})
    void twoHundredMebibytesPassThroughAHeapOf64(String handler) throws Exception {
        Streamed streamed = stream("ours.streaming/" + handler, "rest-echo", "-Xmx64m");
        assertEquals(MEBIBYTES_200, streamed.bytes());
        assertEquals(List.of(), streamed.trailers());
    }

    @Test
    void theRequestHasLambdasForm() throws Exception {
        Streamed streamed = stream("ours.streaming/broken", "function-url-echo");
        List<String> headers = streamed.headers();
        assertTrue(headers.get(0).startsWith("POST /2018-06-01/runtime/invocation/id-1/response HTTP/1.1"), headers.get(0));
        assertTrue(headers.contains("Lambda-Runtime-Function-Response-Mode: streaming"), headers.toString());
        assertTrue(headers.contains("Transfer-Encoding: chunked"), headers.toString());
        assertTrue(headers.contains("Content-Type: application/vnd.awslambda.http-integration-response"), headers.toString());
        assertTrue(headers.contains("Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body"), headers.toString());
        assertEquals("{\"statusCode\":200,\"headers\":{}}" + "\0".repeat(8), streamed.beginning());
        assertEquals("half of it", streamed.first());
    }

    @Test
    void anExceptionHalfWayIsInTheTrailers() throws Exception {
        List<String> trailers = stream("ours.streaming/broken", "rest-echo").trailers();
        assertEquals("Lambda-Runtime-Function-Error-Type: clojure.lang.ExceptionInfo", trailers.get(0));
        String body = "Lambda-Runtime-Function-Error-Body: ";
        assertTrue(trailers.get(1).startsWith(body), trailers.get(1));
        Map<?, ?> error = (Map<?, ?>) json(
                new String(Base64.getDecoder().decode(trailers.get(1).substring(body.length())), StandardCharsets.UTF_8));
        assertEquals("The other half is gone", error.get("errorMessage"));
        assertEquals("clojure.lang.ExceptionInfo", error.get("errorType"));
        assertEquals(2, trailers.size());
    }

    // Reads 100 MiB from a heap of 64. The runtime asks for the next event only after it has given up this one.
    @Test
    void aLostConnectionEndsAnEndlessBodyThatIsNotKeptInMemory() throws Exception {
        String event = event("rest-echo");
        try (Scripted raw = new Scripted(
                peer -> peer.handOut(event),
                peer -> {
                    peer.lines();
                    peer.chunk();
                    for (int i = 0; i < 6_400; i++) {
                        assertEquals(16_384, peer.chunk().length);
                    }
                    peer.reset();
                },
                Scripted.Peer::end)) {
            RuntimeProcess runtime = startOwn("ours.streaming/lazy", Map.of("AWS_LAMBDA_RUNTIME_API", raw.address()), "-Xmx64m");
            assertEquals(1, runtime.exitCode());
            assertTrue(
                    runtime.log().contains("karamon: lost the connection to the Runtime API while sending the result of id-1"),
                    runtime.log());
        }
    }

    // The buffers of two sockets have a few mebibytes. The rest isn't produced before it is read.
    @Test
    void theBodyIsProducedAsFastAsItIsRead() throws Exception {
        Path count = shared.resolve("count");
        CompletableFuture<Long> maxAhead = new CompletableFuture<>();
        String event = event("rest-echo");
        try (Scripted raw = new Scripted(
                peer -> peer.handOut(event),
                peer -> {
                    peer.lines();
                    peer.chunk();
                    long ahead = 0;
                    long taken = 0;
                    for (byte[] chunk = peer.chunk(); chunk.length > 0; chunk = peer.chunk()) {
                        taken += chunk.length;
                        ahead = Math.max(ahead, Files.size(count) - (taken >> 20));
                    }
                    peer.lines();
                    peer.send("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
                    peer.end();
                    maxAhead.complete(ahead);
                })) {
            RuntimeProcess runtime =
                    startOwn("ours.streaming/counted", Map.of("AWS_LAMBDA_RUNTIME_API", raw.address(), "COUNT", count.toString()));
            assertEquals(1, runtime.exitCode());
            long ahead = maxAhead.get(1, TimeUnit.SECONDS);
            assertTrue(ahead < 32, ahead + " MiB were produced before they were read");
        }
    }

    @Test
    void theManagedRuntimeBuffersTheSameHandler() throws Exception {
        RuntimeProcess runtime = start("ours.streaming/written");
        Answer answer = runtime.await(api.send(event("rest-echo")));
        assertEquals(500L, ((Map<?, ?>) json(answer)).get("statusCode"));
        assertTrue(runtime.log().contains("The response is too large: more than the 6291556 bytes that can be sent"), runtime.log());
        assertTrue(runtime.log().contains("It is set to stream, but this runtime or the event's source can't"), runtime.log());
    }

    @Test
    void sourcesThatCantStreamGetWholeReplies() throws Exception {
        RuntimeProcess runtime = startOwn("ours.streaming/broken", Map.of());
        for (String source : List.of("http-api-echo", "alb-echo")) {
            assertEquals(500L, ((Map<?, ?>) json(runtime.await(api.send(event(source))))).get("statusCode"), source);
        }
    }
}
