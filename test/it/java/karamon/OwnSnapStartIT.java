package karamon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The same on Karamon's own runtime, as in a container image, where no JVM option names a registry.
 * https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-custom.html
 */
class OwnSnapStartIT extends SnapStartIT {

    @Override
    RuntimeProcess start(String handler, Map<String, String> environment) throws IOException {
        return startOwn(handler, environment);
    }

    @Override
    RuntimeProcess startForSnapshot(String handler) throws IOException {
        return start(handler, Map.of("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start"));
    }

    @Override
    void checkLogWithoutOrgCrac(String log) {
        assertFalse(log.contains("WARN"), log);
    }

    @Test
    void allHooksAreCalledThoughOneThrows() throws Exception {
        addNamespace("ours/several.clj", """
                (ns ours.several
                  (:require [karamon.snapstart :as snapstart]))
                (snapstart/before #(println "the first is called"))
                (snapstart/before #(throw (ex-info "Can't close" {})))
                (snapstart/before #(throw (AssertionError. "Can't flush")))
                (defn f [event ctx] nil)
                """);
        RuntimeProcess runtime = startForSnapshot("ours.several/f");
        assertEquals("Can't flush", ((Map<?, ?>) json(runtime.await(api.initError()))).get("errorMessage"));
        assertEquals(1, runtime.exitCode());
        assertTrue(runtime.log().contains("the first is called"), runtime.log());
        assertTrue(runtime.log().contains("Can't close"), runtime.log());
    }

    @Test
    void aRuntimeApiWithoutSnapshotsFailsTheInit() throws Exception {
        api.refuseSnapshots();
        RuntimeProcess runtime = startForSnapshot("example.core/echo");
        assertEquals("The Runtime API takes no snapshot: it answered GET restore/next with 404",
                ((Map<?, ?>) json(runtime.await(api.initError()))).get("errorMessage"));
        assertEquals(1, runtime.exitCode());
    }
}
