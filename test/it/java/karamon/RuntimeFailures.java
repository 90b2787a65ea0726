package karamon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import karamon.RuntimeApi.Answer;
import org.junit.jupiter.api.Test;

/** One invocation never ends the process, on any runtime, unless an error is fatal. */
abstract class RuntimeFailures extends InRuntime {

    // All eight wait until all are running, and seven of them until one more is answered, which the failure must leave possible.
    @Test
    void aFailureThatIsHardToPrintFailsOnlyItsInvocation() throws Exception {
        addNamespace("ours/orders.clj", """
                (ns ours.orders
                  (:require [karamon.lambda :refer [deflambda]])
                  (:import (java.util.concurrent CountDownLatch CyclicBarrier TimeUnit)))

                (def ^CyclicBarrier barrier (CyclicBarrier. 8))
                (def ^CountDownLatch released (CountDownLatch. 1))

                (deflambda check [event ctx]
                  (if (:release event)
                    (.countDown released)
                    (do (.await barrier 30 TimeUnit/SECONDS)
                        (when-not (:wait event)
                          (throw (ex-info "invalid order" {:order event, :numbers (range)})))
                        (.await released 30 TimeUnit/SECONDS))))
                """);
        RuntimeProcess runtime = start("ours.orders/check", Map.of("AWS_LAMBDA_MAX_CONCURRENCY", "8"));
        List<CompletableFuture<Answer>> others = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            others.add(api.send("{\"wait\": true}"));
        }
        Answer failed = runtime.await(api.send("{\"a\":".repeat(990) + "1" + "}".repeat(990)));
        assertTrue(failed.error(), failed.text());
        assertEquals("invalid order", ((Map<?, ?>) json(failed)).get("errorMessage"));
        assertEquals("null", runtime.await(api.send("{\"release\": true}")).text());
        for (CompletableFuture<Answer> other : others) {
            assertEquals("true", runtime.await(other).text());
        }
    }

    @Test
    void endlessRecursionFailsOnlyItsInvocation() throws Exception {
        addNamespace("ours/deep.clj", """
                (ns ours.deep)

                (defn dig [event ctx]
                  (if (get event "deep") (inc (dig event ctx)) 0))
                """);
        RuntimeProcess runtime = start("ours.deep/dig");
        Answer failed = runtime.await(api.send("{\"deep\": true}"));
        assertTrue(failed.error() && failed.text().contains("java.lang.StackOverflowError"), failed.text());
        assertEquals("0", runtime.await(api.send("{}")).text());
    }

    @Test
    void anInterruptThatAHandlerLeavesEndsNoLaterWait() throws Exception {
        addNamespace("ours/interrupted.clj", """
                (ns ours.interrupted)

                (defn wait [event ctx]
                  (if (get event "leave")
                    (.interrupt (Thread/currentThread))
                    (Thread/sleep 1)))
                """);
        RuntimeProcess runtime = start("ours.interrupted/wait");
        for (int i = 0; i < 3; i++) {
            assertEquals("null", runtime.await(api.send("{\"leave\": true}")).text());
            assertEquals("null", runtime.await(api.send("{}")).text());
        }
    }

    @Test
    void anEndlessResultFailsOnlyItsInvocation() throws Exception {
        addNamespace("ours/endless.clj", """
                (ns ours.endless)

                (defn answer [event ctx]
                  (case (get event "kind")
                    "data"    {:all (range)}
                    "promise" (let [p (promise)] (deliver p p) p)
                    1))
                """);
        RuntimeProcess runtime = start("ours.endless/answer");
        Answer data = runtime.await(api.send("{\"kind\": \"data\"}"));
        assertTrue(data.error() && data.text().contains("The JSON is too large"), data.text());
        Answer later = runtime.await(api.send("{\"kind\": \"promise\"}"));
        assertTrue(later.error() && later.text().contains("a later result whose value is a later result"), later.text());
        assertEquals("1", runtime.await(api.send("{}")).text());
    }
}
