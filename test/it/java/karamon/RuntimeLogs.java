package karamon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import karamon.RuntimeApi.Answer;
import karamon.log.Log;
import org.junit.jupiter.api.Test;

/** Tests the logs of functions, on any runtime. */
abstract class RuntimeLogs extends InRuntime {
    private static final int GUESTS = 16;
    private static final int ROUNDS = 20;

    /** Returns the JSON events of a log, in order. All other lines must be a runtime's notes of its settings. */
    private static List<Map<?, ?>> events(String log) {
        return log.lines().filter(line -> line.startsWith("{")).<Map<?, ?>>map(line -> (Map<?, ?>) json(line)).toList();
    }

    private static List<Map<?, ?>> events(String log, String member, Object value) {
        return events(log).stream().filter(event -> value.equals(event.get(member))).toList();
    }

    @Test
    void eachEventIsOneLineWithItsInvocationOnAnyThread() throws Exception {
        addNamespace("ours/talking.clj", """
                (ns ours.talking
                  (:require [karamon.log :as log]
                            [karamon.metrics :as metrics]))

                (defn talk [event ctx]
                  (let [id (:aws-request-id ctx)]
                    (log/info "here" {:expected id, :padding (apply str (repeat 3000 "x"))})
                    @(future (log/warn "hopped" {:expected id}))
                    (log/error (ex-info "no\\nluck" {:guest (get event "guest")}) "failed" {:expected id})
                    (log/debug "silent" {:expected id})
                    (metrics/add! {:talks 1} {:namespace "Test" :properties {:expected id}})))
                """);
        RuntimeProcess runtime = start("ours.talking/talk",
                Map.of("AWS_LAMBDA_MAX_CONCURRENCY", Integer.toString(GUESTS), "AWS_LAMBDA_LOG_FORMAT", "JSON"));
        List<CompletableFuture<Answer>> answers = new ArrayList<>();
        for (int i = 0; i < GUESTS * ROUNDS; i++) {
            answers.add(api.send("{\"guest\": " + i + "}"));
        }
        for (CompletableFuture<Answer> answer : answers) {
            assertFalse(runtime.await(answer).error());
        }
        String log = runtime.log();
        List<Map<?, ?>> events = events(log).stream().filter(event -> event.get("expected") != null).toList();
        assertEquals(4 * GUESTS * ROUNDS, events.size(), log);
        for (Map<?, ?> event : events) {
            assertEquals(event.get("expected"), event.get("AWSRequestId"));
            assertEquals("1-5759e988-bd862e3fe1be46a994272793", event.get("traceId"));
        }
        assertEquals(0, events(log, "message", "silent").size());
        Map<?, ?> failed = events(log, "message", "failed").get(0);
        assertEquals(List.of("ERROR", "ours.talking", "no\nluck", "test", "$LATEST", "clojure.lang.ExceptionInfo"),
                List.of(failed.get("level"), failed.get("logger"), failed.get("errorMessage"), failed.get("functionName"),
                        failed.get("functionVersion"), failed.get("errorType")));
    }

    @Test
    void theFirstInvocationIsTheColdStart() throws Exception {
        addNamespace("ours/cold.clj", """
                (ns ours.cold
                  (:require [karamon.log :as log]))

                (log/info "loaded")
                (defn say [event ctx] (log/info "said"))
                """);
        RuntimeProcess runtime = start("ours.cold/say", Map.of("AWS_LAMBDA_LOG_FORMAT", "JSON"));
        for (int i = 0; i < 3; i++) {
            runtime.await(api.send("{}"));
        }
        List<Boolean> cold = new ArrayList<>();
        events(runtime.log(), "message", "said").forEach(event -> cold.add((Boolean) event.get("coldStart")));
        assertEquals(List.of(true, false, false), cold);
        Map<?, ?> loaded = events(runtime.log(), "message", "loaded").get(0);
        assertNull(loaded.get("AWSRequestId"));
        assertEquals("test", loaded.get("functionName"));
    }

    @Test
    void aHandlersFailureIsOneEventForAnyException() throws Exception {
        addNamespace("ours/failing.clj", """
                (ns ours.failing
                  (:require [karamon.gateway :refer [defgateway]]))

                (defgateway fail [event ctx]
                  (throw (ex-info "no luck" {:all (range), :deep (nth (iterate vector []) 990)} (IllegalStateException. "why"))))
                """);
        RuntimeProcess runtime = start("ours.failing/fail", Map.of("AWS_LAMBDA_LOG_FORMAT", "JSON"));
        Answer answer = runtime.await(api.send(event("rest-echo")));
        assertEquals(500L, ((Map<?, ?>) json(answer)).get("statusCode"));
        String log = runtime.log();
        assertTrue(log.lines().noneMatch(line -> line.startsWith("\tat ") || line.startsWith("ERROR")), log);
        Map<?, ?> failed = only(log, "ours.failing/fail failed");
        assertEquals(List.of("ERROR", answer.requestId(), "clojure.lang.ExceptionInfo", "no luck"),
                List.of(failed.get("level"), failed.get("AWSRequestId"), failed.get("errorType"), failed.get("errorMessage")), log);
        assertEquals("why", ((Map<?, ?>) failed.get("cause")).get("errorMessage"));
        assertEquals(1, events(log, "level", "ERROR").size(), log);
    }

    @Test
    void aPlainFunctionsExceptionIsOneEventToo() throws Exception {
        addNamespace("ours/throwing.clj", """
                (ns ours.throwing)

                (defn fail [event ctx]
                  (throw (ex-info "no luck" {:all (range)})))
                """);
        RuntimeProcess runtime = start("ours.throwing/fail", Map.of("AWS_LAMBDA_LOG_FORMAT", "JSON"));
        Answer answer = runtime.await(api.send("{}"));
        assertEquals("clojure.lang.ExceptionInfo", ((Map<?, ?>) json(answer)).get("errorType"));
        // AWS's runtime client logs after it has answered.
        assertTrue(runtime.await(api.send("{}")).error());
        List<Map<?, ?>> failed = events(runtime.log(), "AWSRequestId", answer.requestId());
        assertEquals(1, failed.size(), runtime.log());
        assertEquals("ERROR", failed.get(0).get("level"));
        assertTrue(failed.get(0).toString().contains("no luck"), runtime.log());
    }

    @Test
    void textIsWrittenIfLambdaIsSetToText() throws Exception {
        addNamespace("ours/plain.clj", """
                (ns ours.plain
                  (:require [karamon.log :as log]))

                (defn say [event ctx] (log/info "paid" {:amount 3}) (log/debug "why" {:rate 2}))
                """);
        RuntimeProcess runtime = start("ours.plain/say", Map.of("AWS_LAMBDA_LOG_FORMAT", "Text", "AWS_LAMBDA_LOG_LEVEL", "DEBUG"));
        String id = runtime.await(api.send("{}")).requestId();
        assertTrue(runtime.log().contains("Z " + id + " INFO ours.plain paid {\"amount\":3}\n"), runtime.log());
        assertTrue(runtime.log().contains("Z " + id + " DEBUG ours.plain why {\"rate\":2}\n"), runtime.log());
    }

    @Test
    void otherLoggersEventsHaveTheSameForm() throws Exception {
        addBridged("");
        addJar("clojure/tools/logging.clj");
        RuntimeProcess runtime = start("ours.bridged/say",
                Map.of("KARAMON_LOG_BRIDGE", "true", "AWS_LAMBDA_LOG_FORMAT", "JSON", "AWS_LAMBDA_LOG_LEVEL", "DEBUG"));
        String id = runtime.await(api.send("{}")).requestId();
        String log = runtime.log();
        assertBridged(id, log);
        Map<?, ?> pair = only(log, "pair 7");
        assertEquals(List.of("ours.slf4j", "t-9", 7L, "java.io.IOException"),
                List.of(pair.get("logger"), pair.get("tenant"), pair.get("order"), pair.get("errorType")), log);
        assertFalse(log.contains("SLF4J"), log);
        assertFalse(log.contains("was in use before"), log);
    }

    @Test
    void otherLoggersWorkWithoutSlf4j() throws Exception {
        addBridged("(log/bridge!)");
        removeJar("slf4j-api");
        addJar("clojure/tools/logging.clj");
        RuntimeProcess runtime = start("ours.bridged/say", Map.of("AWS_LAMBDA_LOG_FORMAT", "JSON", "AWS_LAMBDA_LOG_LEVEL", "DEBUG"));
        String id = runtime.await(api.send("{}")).requestId();
        assertBridged(id, runtime.log());
    }

    @Test
    void callingTheBridgeTooLateIsLogged() throws Exception {
        addBridged("(log/bridge!)");
        addJar("clojure/tools/logging.clj");
        RuntimeProcess runtime = start("ours.bridged/say", Map.of("AWS_LAMBDA_LOG_FORMAT", "JSON"));
        runtime.await(api.send("{}"));
        Map<?, ?> warning = only(
                runtime.log(), "SLF4J was in use before karamon.log/bridge! was called: its events don't come to this log");
        assertEquals("org.slf4j.helpers.NOPLoggerFactory", warning.get("slf4j"));
    }

    private void addBridged(String first) throws IOException {
        addNamespace("ours/bridged.clj", """
                (ns ours.bridged
                  (:require [clojure.tools.logging :as tools]
                            [karamon.log :as log])
                  (:import (java.util.logging Level Logger)))

                %s

                (defn slf4j []
                  (when (try (Class/forName "org.slf4j.LoggerFactory") (catch ClassNotFoundException _))
                    (eval '(do (org.slf4j.MDC/put "tenant" "t-9")
                               (-> (org.slf4j.LoggerFactory/getLogger "ours.slf4j")
                                   .atWarn
                                   (.addKeyValue "order" 7)
                                   (.setCause (java.io.IOException. "full"))
                                   (.log "pair {}" 7))
                               (org.slf4j.MDC/clear)))))

                (defn say [event ctx]
                  (tools/info "by tools.logging")
                  (tools/error (IllegalStateException. "why") "failed by tools.logging")
                  (tools/trace "silent")
                  (.log (System/getLogger "ours.system") java.lang.System$Logger$Level/WARNING "by System.Logger {0}" (object-array [3]))
                  (.log (System/getLogger "ours.system") java.lang.System$Logger$Level/DEBUG "debug by System.Logger")
                  (.log (System/getLogger "ours.system") java.lang.System$Logger$Level/TRACE "silent")
                  (.log (Logger/getLogger "ours.jul") Level/SEVERE "by jul" (RuntimeException. "broken"))
                  (slf4j))
                """.formatted(first));
    }

    private static Map<?, ?> only(String log, String message) {
        List<Map<?, ?>> events = events(log, "message", message);
        assertEquals(1, events.size(), message + " in\n" + log);
        return events.get(0);
    }

    private static void assertBridged(String id, String log) {
        for (List<String> expected : List.of(
                List.of("by tools.logging", "INFO", "ours.bridged"),
                List.of("failed by tools.logging", "ERROR", "ours.bridged"),
                List.of("by System.Logger 3", "WARN", "ours.system"),
                List.of("debug by System.Logger", "DEBUG", "ours.system"),
                List.of("by jul", "ERROR", "ours.jul"))) {
            Map<?, ?> event = only(log, expected.get(0));
            assertEquals(List.of(expected.get(1), expected.get(2), id),
                    List.of(event.get("level"), event.get("logger"), event.get("AWSRequestId")), log);
        }
        assertEquals("java.lang.IllegalStateException", only(log, "failed by tools.logging").get("errorType"));
        assertEquals("broken", only(log, "by jul").get("errorMessage"));
        assertEquals(0, events(log, "message", "silent").size());
    }

    /** Adds the jar on the test class path that has a file to the package. */
    private void addJar(String file) throws IOException, URISyntaxException {
        URL found = Log.class.getClassLoader().getResource(file);
        Path jar = Path.of(new java.net.URI(found.getPath().substring(0, found.getPath().indexOf('!'))));
        Files.copy(jar, taskRoot().resolve("lib").resolve(jar.getFileName()));
    }
}
