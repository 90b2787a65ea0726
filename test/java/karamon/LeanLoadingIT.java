package karamon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import karamon.RuntimeApi.Answer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the JVM has loaded when the first response is there: every class more is time that a cold start takes, on each
 * machine, which no measurement on a busy one would show.
 */
class LeanLoadingIT extends OnEachJdk {
    private static final Pattern UNWANTED = Pattern.compile(
            "clojure[.](spec|main|core[.]server).*|com[.]fasterxml[.]jackson[.]databind[.].*|org[.]crac[.].*");
    private static final Pattern WANTED_OF_OURS =
            Pattern.compile("karamon[.](json|http|runtime)[.][A-Z].*|karamon[.]gateway(__init|[$].*)");

    @TempDir
    private Path folder;

    /** Returns the names of the classes that were loaded up to the first response. */
    private List<String> loaded(String handler) throws IOException, InterruptedException {
        Path log = folder.resolve("classes");
        RuntimeProcess runtime = start(handler, Map.of("JAVA_TOOL_OPTIONS", "-Xlog:class+load=info:file=" + log + ":none"));
        Answer answer = runtime.await(api.send(event("rest-echo")));
        assertFalse(answer.error(), answer.text());
        return Files.readAllLines(log).stream().filter(line -> line.contains(" source: ")).map(line -> line.split(" ")[0]).toList();
    }

    /** Returns those that no function needs. */
    private static List<String> needless(List<String> classes) {
        return classes.stream()
                .filter(name -> UNWANTED.matcher(name).matches()
                        || name.startsWith("karamon.") && !WANTED_OF_OURS.matcher(name).matches())
                .toList();
    }

    private static List<String> namespaces(List<String> classes) {
        return classes.stream()
                .filter(name -> name.endsWith("__init") && !name.startsWith("clojure."))
                .map(name -> name.substring(0, name.length() - "__init".length()))
                .sorted()
                .toList();
    }

    @Test
    void aFirstResponseLoadsNothingThatItDoesNotNeed() throws Exception {
        List<String> classes = loaded("example.core/hello");
        assertTrue(classes.contains("karamon.runtime.GatewayHandler") && classes.contains("clojure.core__init"), "the log is of a start");
        assertEquals(List.of(), needless(classes));
        assertEquals(List.of("example.core", "karamon.gateway"), namespaces(classes));
    }

    @Test
    void theCheckSeesWhatAHandlerLoadsBeside() throws Exception {
        addNamespace("ours/fat.clj", """
                (ns ours.fat
                  (:require [clojure.main]
                            [karamon.response :as response]
                            [karamon.snapstart :as snapstart]
                            [karamon.gateway :refer [defgateway]]))

                (snapstart/after #(do))
                (defgateway fat [event ctx] (response/redirect "/"))
                """);
        List<String> classes = loaded("ours.fat/fat");
        List<String> needless = needless(classes);
        for (String name : List.of("clojure.main__init", "clojure.spec.alpha__init", "karamon.response__init", "org.crac.Core")) {
            assertTrue(needless.contains(name), name);
        }
        assertEquals(List.of("karamon.gateway", "karamon.response", "karamon.snapstart"), namespaces(classes));
    }
}
