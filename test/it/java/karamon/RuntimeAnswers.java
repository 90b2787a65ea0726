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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the answers of functions, on any runtime. */
abstract class RuntimeAnswers extends InRuntime {
    private static final List<String> VERSION_2 = List.of("http-api-echo", "function-url-echo");

    @Test
    void echoAnswersEachSourceInItsOwnForm() throws Exception {
        RuntimeProcess runtime = start("example.core/echo");
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
        RuntimeProcess runtime = start("example.core/hello");
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

    private void assertReplies(String expected, RuntimeProcess runtime, List<String> events) throws IOException, InterruptedException {
        for (String event : events) {
            Answer answer = runtime.await(api.send(event(event)));
            assertFalse(answer.error(), answer.text());
            assertEquals(json(expected), json(answer), event);
        }
    }

    @Test
    void aLambdaHandlerGetsItsEventAsDataAndItsErrorsAreLambdaErrors() throws Exception {
        RuntimeProcess runtime = start("example.events/tick");
        String due = """
                {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}, "time": "2026-01-01T12:00:00Z"}""";
        assertEquals(json("{\"due\": \"2026-01-01T12:00:00Z\"}"), json(runtime.await(api.send(due))));
        Answer failed = runtime.await(api.send("{}"));
        assertTrue(failed.error(), failed.text());
        assertTrue(failed.text().contains("Expected an EventBridge event with :source and :detail-type"), failed.text());
    }

    @Test
    void aBatchIsAnsweredWithItsFailures() throws Exception {
        RuntimeProcess runtime = start("example.events/settle");
        String orders = """
                {"Records": [
                  {"eventSource": "aws:sqs", "messageId": "m-1", "body": "{\\"orderId\\": 7, \\"total\\": 12.5}"},
                  {"eventSource": "aws:sqs", "messageId": "m-2", "body": "{\\"orderId\\": 8}"}]}""";
        assertEquals(json("{\"batchItemFailures\": [{\"itemIdentifier\": \"m-2\"}]}"), json(runtime.await(api.send(orders))));
    }

    @Test
    void aGatewayHandlersExceptionIsLoggedAndTheClientGetsOnlyTheRequestId() throws Exception {
        addNamespace("ours/failing.clj", """
                (ns ours.failing
                  (:require [karamon.gateway :refer [defgateway]]))

                (defgateway fail [event ctx]
                  (throw (ex-info "No table" {:table "accounts"} (java.io.IOException. "Disk full"))))
                """);
        RuntimeProcess runtime = start("ours.failing/fail");
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
    void aRingAppAnswersLikeAGatewayHandler() throws Exception {
        addNamespace("ours/ringed.clj", """
                (ns ours.ringed
                  (:require [karamon.ring :as ring]))

                (def app
                  (ring/handler (fn [{:keys [request-method body headers]} respond raise]
                                  (future (respond {:status  201
                                                    :headers {"content-type" (get headers "content-type")}
                                                    :body    (list request-method " " (slurp body))})))
                                {:async true}))
                """);
        RuntimeProcess runtime = start("ours.ringed/app");
        assertReplies(
                """
                {"statusCode": 201, "headers": {"content-type": "text/plain; charset=utf-8"},
                 "body": ":post こんにちは", "isBase64Encoded": false}""",
                runtime, List.of("rest-echo", "http-api-echo", "function-url-echo"));
    }

    @Test
    void anEventThatIsntHttpIsALambdaError() throws Exception {
        RuntimeProcess runtime = start("example.core/hello");
        Answer answer = runtime.await(api.send("{\"Records\": []}"));
        assertTrue(answer.error());
        assertEquals("karamon.http.NotHttpEvent", ((Map<?, ?>) json(answer)).get("errorType"));
        assertFalse(runtime.await(api.send(event("rest-echo"))).error(), "the runtime continues");
    }

    @Test
    void aPlainFunctionGetsTheRawEventAndItsResultIsJson() throws Exception {
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
        RuntimeProcess runtime = start("ours.plain/tally");
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

    // Each request waits until all are running: without concurrency, none would be answered.
    @ParameterizedTest
    @ValueSource(ints = {8, 32})
    void concurrentRequestsShareAHandlerAndEachGetsItsOwnAnswer(int guests) throws Exception {
        addNamespace("ours/together.clj", """
                (ns ours.together
                  (:require [karamon.gateway :refer [defgateway]])
                  (:import (java.util.concurrent CyclicBarrier TimeUnit)))

                (def ^CyclicBarrier barrier (CyclicBarrier. (Long/parseLong (System/getenv "GUESTS"))))

                (defgateway meet [event ctx]
                  (.await barrier 30 TimeUnit/SECONDS)
                  {:body (str (get-in event [:query :name]) " " (:aws-request-id ctx))})
                """);
        String number = Integer.toString(guests);
        RuntimeProcess runtime = start("ours.together/meet", Map.of("AWS_LAMBDA_MAX_CONCURRENCY", number, "GUESTS", number));
        for (int round = 0; round < 2; round++) {
            List<CompletableFuture<Answer>> answers = new ArrayList<>();
            for (int i = 0; i < guests; i++) {
                answers.add(api.send(event("rest-echo").replace("José & co", "guest " + i)));
            }
            for (int i = 0; i < guests; i++) {
                Answer answer = runtime.await(answers.get(i));
                assertEquals("guest " + i + " " + answer.requestId(), ((Map<?, ?>) json(answer)).get("body"));
            }
        }
    }

    @Test
    void theCallersIdentityAndContextAreInTheContextMap() throws Exception {
        addNamespace("ours/callers.clj", """
                (ns ours.callers)

                (defn who [event ctx]
                  (select-keys ctx [:identity :client-context :tenant-id :memory-mb :function-version]))
                """);
        RuntimeProcess runtime = start("ours.callers/who");
        Answer answer = runtime.await(api.send("{}", Map.of(
                "Lambda-Runtime-Cognito-Identity", "{\"cognitoIdentityId\": \"id-7\", \"cognitoIdentityPoolId\": \"pool-8\"}",
                "Lambda-Runtime-Client-Context",
                "{\"client\": {\"app_title\": \"Till\", \"installation_id\": \"i1\"}, \"custom\": {\"Shop No\": \"7\"}, \"env\": {\"locale\": \"ja\"}}",
                "Lambda-Runtime-Aws-Tenant-Id", "tenant-9")));
        assertEquals(
                json("""
                {"identity": {"cognito-id": "id-7", "cognito-pool": "pool-8"},
                 "client-context": {"client": {"installation-id": "i1", "app-title": "Till", "app-version-name": null,
                                               "app-version-code": null, "app-package-name": null},
                                    "custom": {"Shop No": "7"}, "env": {"locale": "ja"}},
                 "tenant-id": "tenant-9", "memory-mb": 512, "function-version": "$LATEST"}"""),
                json(answer));
    }
}
