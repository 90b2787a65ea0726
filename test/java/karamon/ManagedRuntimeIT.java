package karamon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import karamon.RuntimeApi.Answer;
import org.junit.jupiter.api.Test;

/** What functions answer on the managed runtime. */
class ManagedRuntimeIT extends OnEachJdk {
    private static final List<String> VERSION_2 = List.of("http-api-echo", "function-url-echo");

    @Test
    void echoAnswersEachSourceInItsOwnForm() throws Exception {
        ManagedRuntime runtime = start("example.core/echo");
        String rest = """
                {"statusCode": 200, "headers": {"content-type": "text/plain; charset=utf-8"},
                 "body": "こんにちは", "isBase64Encoded": false}""";
        assertReplies(rest, runtime, List.of("rest-echo"));
        assertReplies(rest, runtime, VERSION_2);
        assertReplies(
                """
                {"statusCode": 200, "statusDescription": "200 OK", "headers": {"content-type": "text/plain; charset=utf-8"},
                 "body": "こんにちは", "isBase64Encoded": false}""",
                runtime, List.of("alb-echo"));
    }

    @Test
    void helloAnswersEachSourceInItsOwnForm() throws Exception {
        ManagedRuntime runtime = start("example.core/hello");
        String rest = """
                {"statusCode": 200, "headers": {"content-type": "application/json"},
                 "body": "{\\"hello\\":\\"José & co\\"}", "isBase64Encoded": false}""";
        assertReplies(rest, runtime, List.of("rest-echo"));
        assertReplies(rest, runtime, VERSION_2);
        assertReplies(
                """
                {"statusCode": 200, "statusDescription": "200 OK", "headers": {"content-type": "application/json"},
                 "body": "{\\"hello\\":\\"José & co\\"}", "isBase64Encoded": false}""",
                runtime, List.of("alb-echo"));
    }

    private void assertReplies(String expected, ManagedRuntime runtime, List<String> events) throws IOException, InterruptedException {
        for (String event : events) {
            Answer answer = runtime.await(api.send(event(event)));
            assertFalse(answer.error(), answer.text());
            assertEquals(json(expected), json(answer), event);
        }
    }

    @Test
    void whatAGatewayHandlerThrowsIsLoggedAndTheClientGetsTheRequestIdOnly() throws Exception {
        addNamespace("ours/failing.clj", """
                (ns ours.failing
                  (:require [karamon.gateway :refer [defgateway]]))

                (defgateway fail [event ctx]
                  (throw (ex-info "No table" {:table "accounts"} (java.io.IOException. "Disk full"))))
                """);
        ManagedRuntime runtime = start("ours.failing/fail");
        for (String source : List.of("rest-echo", "http-api-echo", "function-url-echo", "alb-echo")) {
            Answer answer = runtime.await(api.send(event(source)));
            Map<?, ?> reply = (Map<?, ?>) json(answer);
            assertEquals(500L, ((Number) reply.get("statusCode")).longValue());
            assertEquals(
                    json("{\"message\": \"Internal server error\", \"requestId\": \"" + answer.requestId() + "\"}"),
                    json((String) reply.get("body")));
            assertFalse(answer.text().contains("table"), answer.text());
            String log = runtime.log();
            assertTrue(log.contains("ERROR ours.failing/fail failed (request " + answer.requestId() + ")"), log);
            assertTrue(log.contains("No table {:table \"accounts\"}"), log);
            assertTrue(log.contains("Caused by: java.io.IOException: Disk full"), log);
        }
    }

    @Test
    void anEventOfNoHttpSourceReachesLambdaAsAnError() throws Exception {
        ManagedRuntime runtime = start("example.core/hello");
        Answer answer = runtime.await(api.send("{\"Records\": []}"));
        assertTrue(answer.error());
        assertEquals("karamon.http.NotHttpEvent", ((Map<?, ?>) json(answer)).get("errorType"));
        assertFalse(runtime.await(api.send(event("rest-echo"))).error(), "the runtime goes on");
    }

    @Test
    void aPlainFunctionGetsTheEventAsItCameAndItsResultIsJson() throws Exception {
        addNamespace("ours/plain.clj", """
                (ns ours.plain)

                (defn tally [event ctx]
                  (when (get event "fail")
                    (throw (ex-info "Can't tally" {})))
                  {:keys     (sort (keys event))
                   :messages (mapv #(get % "messageId") (get event "Records"))
                   :name     (:function-name ctx)
                   :arn      (:function-arn ctx)
                   :trace    (:trace-id ctx)})
                """);
        ManagedRuntime runtime = start("ours.plain/tally");
        Answer answer = runtime.await(api.send("{\"Records\": [{\"messageId\": \"a\"}, {\"messageId\": \"b\"}], \"Some Key\": null}"));
        assertEquals(
                json("{\"keys\": [\"Records\", \"Some Key\"], \"messages\": [\"a\", \"b\"], \"name\": \"test\", \"arn\": \""
                        + RuntimeApi.ARN + "\", \"trace\": \"" + RuntimeApi.TRACE_ID + "\"}"),
                json(answer));

        Answer failed = runtime.await(api.send("{\"fail\": true}"));
        assertTrue(failed.error(), "so that the service retries");
        Map<?, ?> error = (Map<?, ?>) json(failed);
        assertEquals("clojure.lang.ExceptionInfo", error.get("errorType"));
        assertEquals("Can't tally", error.get("errorMessage"));
    }

    // Each waits until all eight are there: one that ran alone would never answer.
    @Test
    void eightRequestsShareAHandlerAtOnceAndEachGetsItsOwnAnswer() throws Exception {
        addNamespace("ours/together.clj", """
                (ns ours.together
                  (:require [karamon.gateway :refer [defgateway]])
                  (:import (java.util.concurrent CyclicBarrier TimeUnit)))

                (def ^CyclicBarrier barrier (CyclicBarrier. 8))

                (defgateway meet [event ctx]
                  (.await barrier 30 TimeUnit/SECONDS)
                  {:body (str (get-in event [:query :name]) " " (:aws-request-id ctx))})
                """);
        ManagedRuntime runtime = start("ours.together/meet", Map.of("AWS_LAMBDA_MAX_CONCURRENCY", "8"));
        for (int round = 0; round < 2; round++) {
            List<CompletableFuture<Answer>> answers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                answers.add(api.send(event("rest-echo").replace("José & co", "guest " + i)));
            }
            for (int i = 0; i < 8; i++) {
                Answer answer = runtime.await(answers.get(i));
                assertEquals("guest " + i + " " + answer.requestId(), ((Map<?, ?>) json(answer)).get("body"));
            }
        }
    }
}
