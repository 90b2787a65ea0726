package karamon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import karamon.RuntimeApi.Answer;
import org.junit.jupiter.api.Test;

/** Tests the actions around a SnapStart snapshot, in the order in which AWS's runtime interface client requests them. */
class SnapStartIT extends InRuntime {
    // Lambda's managed runtimes set this JVM option: it makes org.crac use the client's own registry.
    private static final Map<String, String> SNAP_START = Map.of(
            "AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start",
            "JAVA_TOOL_OPTIONS", "-Dorg.crac.Core.Compat=com.amazonaws.services.lambda.crac");

    /** A namespace that records calls in order, equal consecutive calls once; the handler answers with them. */
    private static final String STORY = """
            (ns ours.story
              (:require [karamon.gateway :refer [defgateway]]
                        [karamon.snapstart :as snapstart]))

            (def story (atom []))
            (def calls (atom 0))
            (defn note [x] (swap! story #(if (= x (peek %)) % (conj % x))))

            (snapstart/before #(note "before, first"))
            (snapstart/before #(note "before, last"))
            (snapstart/after #(note "after, first"))
            (snapstart/after #(note "after, last"))
            (System/gc) ; takes what only the registry holds

            (defgateway handler
              {:prime [{"httpMethod" "GET", "path" "/primed"} "ours/story.json"]}
              [event ctx]
              (swap! calls inc)
              (note (str (:path event) " " (= "priming" (:aws-request-id ctx))))
              {:body {:story @story, :calls @calls}})
            """;

    /** Starts the runtime as for a snapshot, with the JVM options that Lambda sets. */
    RuntimeProcess startForSnapshot(String handler) throws IOException {
        return start(handler, SNAP_START);
    }

    final Answer restoredAnswer(RuntimeProcess runtime) throws Exception {
        runtime.await(api.snapshot());
        api.restore();
        return runtime.await(api.send(event("rest-echo")));
    }

    private static Object body(Answer answer) {
        assertFalse(answer.error(), answer.text());
        return json((String) ((Map<?, ?>) json(answer)).get("body"));
    }

    @Test
    void theHandlerIsPrimedAndTheHooksAreCalledInAwssOrder() throws Exception {
        addNamespace("ours/story.clj", STORY);
        addNamespace("ours/story.json", "{\"httpMethod\": \"GET\", \"path\": \"/primed\"}");
        RuntimeProcess runtime = startForSnapshot("ours.story/handler");
        runtime.await(api.snapshot());
        assertTrue(runtime.log().contains("INFO ours.story/handler primed: 200 calls, "), runtime.log());
        assertEquals(
                json("""
                        {"story": ["/primed true", "before, last", "before, first", "after, first", "after, last", "/echo false"],
                         "calls": 201}"""),
                body(restoredAnswer(runtime)));
    }

    @Test
    void withoutSnapStartNothingIsPrimedAndNoHookIsCalled() throws Exception {
        addNamespace("ours/story.clj", STORY);
        RuntimeProcess runtime = start("ours.story/handler");
        assertEquals(json("{\"story\": [\"/echo false\"], \"calls\": 1}"), body(runtime.await(api.send(event("rest-echo")))));
        assertFalse(runtime.log().contains("primed"), runtime.log());
    }

    @Test
    void aPlainFunctionIsPrimedToo() throws Exception {
        addNamespace("ours/plain.clj", """
                (ns ours.plain)
                (def seen (atom #{}))
                (defn ^{:karamon/prime [{"Records" []}]} tally [event ctx] (swap! seen conj (keys event)) {:kinds (count @seen)})
                """);
        RuntimeProcess runtime = startForSnapshot("ours.plain/tally");
        runtime.await(api.snapshot());
        api.restore();
        assertEquals(json("{\"kinds\": 2}"), json(runtime.await(api.send("{\"other\": 1}"))));
    }

    @Test
    void aPrimingCallThatFailsIsLoggedOnceAndTheSnapshotIsTaken() throws Exception {
        addNamespace("ours/failing.clj", """
                (ns ours.failing
                  (:require [karamon.gateway :refer [defgateway]]))

                (defgateway fail
                  {:prime [{"httpMethod" "GET", "path" "/none"} {"Records" []}]}
                  [event ctx]
                  (if (= "/none" (:path event)) (throw (ex-info "No table" {})) {:body 1}))
                """);
        RuntimeProcess runtime = startForSnapshot("ours.failing/fail");
        assertFalse(restoredAnswer(runtime).error());
        String log = runtime.log();
        assertEquals(2, log.split("ExceptionInfo: No table", -1).length, log);
        assertTrue(log.contains("ERROR ours.failing/fail failed (request priming)"), log);
        assertTrue(log.contains("WARN ours.failing/fail: a priming call failed"), log);
        assertTrue(log.contains("This event isn't from an HTTP source"), log);
    }

    @Test
    void aHookThatThrowsBeforeTheSnapshotFailsTheInit() throws Exception {
        addNamespace("ours/closing.clj", """
                (ns ours.closing
                  (:require [karamon.snapstart :as snapstart]))
                (snapstart/before #(throw (ex-info "Can't close" {})))
                (defn f [event ctx] nil)
                """);
        RuntimeProcess runtime = startForSnapshot("ours.closing/f");
        assertEquals("Runtime.BeforeCheckpointError", runtime.await(api.initError()).errorType());
        assertTrue(runtime.exitCode() != 0);
        assertTrue(runtime.log().contains("Can't close"), runtime.log());
    }

    @Test
    void aHookThatThrowsAfterTheRestoreEndsTheProcess() throws Exception {
        addNamespace("ours/opening.clj", """
                (ns ours.opening
                  (:require [karamon.snapstart :as snapstart]))
                (snapstart/after #(throw (ex-info "Can't open" {})))
                (defn f [event ctx] nil)
                """);
        RuntimeProcess runtime = startForSnapshot("ours.opening/f");
        runtime.await(api.snapshot());
        api.restore();
        assertEquals("Runtime.AfterRestoreError", runtime.await(api.restoreError()).errorType());
        assertTrue(runtime.exitCode() != 0);
        assertTrue(runtime.log().contains("Can't open"), runtime.log());
    }

    @Test
    void aPackageWithoutOrgCracAnswers() throws Exception {
        removeJar("crac");
        RuntimeProcess runtime = startForSnapshot("example.core/echo");
        assertFalse(restoredAnswer(runtime).error());
        checkLogWithoutOrgCrac(runtime.log());
    }

    void checkLogWithoutOrgCrac(String log) {
        assertTrue(log.contains("WARN example.core/echo isn't primed: the function package has no org.crac"), log);
    }

    @Test
    void theHandlerAnswersIfOrgCracHasNoRegistry() throws Exception {
        Map<String, String> environment = new HashMap<>(SNAP_START);
        environment.remove("JAVA_TOOL_OPTIONS");
        assertFalse(restoredAnswer(start("example.core/echo", environment)).error());
    }
}
