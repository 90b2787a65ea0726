package karamon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** What lies in the function package, and what doesn't. */
class FunctionPackageIT {
    private final List<String> files = FunctionPackage.ofTheExample().files();

    FunctionPackageIT() throws IOException {}

    private void assertNone(Predicate<String> unwanted) {
        assertEquals(List.of(), files.stream().filter(unwanted).toList());
    }

    @Test
    void itHoldsNoSources() {
        assertNone(file -> file.matches(".*\\.(clj|cljc|java)"));
    }

    @Test
    void itHoldsTheJarsThatAFunctionNeedsAndNoOther() throws IOException {
        assertEquals(
                List.of("aws-lambda-java-core", "clojure", "core.specs.alpha", "crac", "jackson-core", "spec.alpha"),
                FunctionPackage.ofTheExample().jars());
    }

    @Test
    void theHandlersAndWhatTheyLoadAreCompiled() {
        assertTrue(files.contains("example/core__init.class"));
        assertTrue(files.contains("karamon/gateway__init.class"));
        assertTrue(files.contains("karamon/runtime/GatewayHandler.class"));
    }

    @Test
    void whatIsForPeoplesMachinesAndForTestsStaysOut() {
        assertNone(file -> file.startsWith("karamon/dev") || file.startsWith("karamon/local"));
        assertNone(file -> file.matches(".*(_test|test_runner|Test|IT)(__init|[$].*)?[.]class"));
    }
}
