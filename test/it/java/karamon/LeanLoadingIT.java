package karamon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import karamon.RuntimeApi.Answer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Checks the classes that the JVM loads up to the first response. Every additional class makes a cold start slower, but measuring
 * times on a busy machine wouldn't show that.
 */
class LeanLoadingIT extends InRuntime {
    @TempDir
    private Path folder;

    private LoadedClasses loaded(String handler) throws IOException, InterruptedException {
        return loaded(handler, "false");
    }

    private LoadedClasses loaded(String handler, String documentedApi) throws IOException, InterruptedException {
        Path log = folder.resolve("classes");
        RuntimeProcess runtime =
                start(handler, Map.of("JAVA_TOOL_OPTIONS", LoadedClasses.logTo(log), "KARAMON_CLOJURE_API", documentedApi));
        Answer answer = runtime.await(api.send(event("rest-echo")));
        assertFalse(answer.error(), answer.text());
        return LoadedClasses.of(log);
    }

    @Test
    void aFirstResponseLoadsNothingUnneeded() throws Exception {
        LoadedClasses classes = loaded("example.core/hello");
        assertTrue(classes.names().contains("karamon.runtime.GatewayHandler") && classes.names().contains("clojure.core__init"), "the log is of a start");
        assertEquals(List.of(), classes.needless());
        assertEquals(List.of("example.core", "karamon.gateway"), classes.namespaces());
    }

    @Test
    void aHandlerThatLogsLoadsNoOtherLogger() throws Exception {
        addNamespace("ours/terse.clj", """
                (ns ours.terse
                  (:require [karamon.gateway :refer [defgateway]]
                            [karamon.log :as log]))

                (defgateway terse [event ctx] (log/info "terse") {})
                """);
        LoadedClasses classes = loaded("ours.terse/terse");
        assertTrue(classes.names().contains("karamon.log.Log") && classes.names().contains("karamon.log.Entry"));
        assertEquals(List.of(), classes.names().stream().filter(name -> name.matches("(java[.]util[.]logging|org[.]slf4j)[.].*")).toList());
        assertEquals(List.of("karamon.gateway", "karamon.log"), classes.namespaces());
    }

    @Test
    void aHandlerThatCouldLogButDoesntLoadsNoLog() throws Exception {
        addNamespace("ours/silent.clj", """
                (ns ours.silent
                  (:require [karamon.gateway :refer [defgateway]]))

                (defgateway silent [event ctx]
                  (when (:failing event) ((requiring-resolve 'karamon.log/event!) :error "ours" "failed"))
                  {})
                """);
        LoadedClasses classes = loaded("ours.silent/silent");
        assertEquals(List.of("karamon.log.Running"), classes.names().stream().filter(name -> name.startsWith("karamon.log")).toList());
    }

    @Test
    void theDocumentedApiLoadsAllOfClojuresOwn() throws Exception {
        LoadedClasses classes = loaded("example.core/hello", "true");
        assertTrue(classes.names().contains("clojure.core.server__init") && classes.names().contains("clojure.spec.alpha__init"));
    }

    @Test
    void theCheckFindsUnneededClasses() throws Exception {
        addNamespace("ours/fat.clj", """
                (ns ours.fat
                  (:require [clojure.main]
                            [karamon.response :as response]
                            [karamon.snapstart :as snapstart]
                            [karamon.gateway :refer [defgateway]]))

                (snapstart/after #(do))
                (defgateway fat [event ctx] (response/redirect "/"))
                """);
        LoadedClasses classes = loaded("ours.fat/fat");
        List<String> needless = classes.needless();
        for (String name : List.of("clojure.main__init", "clojure.spec.alpha__init", "karamon.response__init", "org.crac.Core")) {
            assertTrue(needless.contains(name), name);
        }
        assertEquals(List.of("karamon.gateway", "karamon.response", "karamon.snapstart"), classes.namespaces());
    }
}
