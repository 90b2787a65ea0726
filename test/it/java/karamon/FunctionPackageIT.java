package karamon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;

/** Checks the contents of the function package. */
class FunctionPackageIT {
    private final List<String> files = FunctionPackage.ofTheExample().own();

    FunctionPackageIT() throws IOException {}

    private void assertNone(Predicate<String> unwanted) {
        assertEquals(List.of(), files.stream().filter(unwanted).toList());
    }

    @Test
    void itHasOnlyJars() throws IOException {
        List<String> others = FunctionPackage.ofTheExample().files().stream().filter(file -> !file.matches("lib/[^/]+[.]jar")).toList();
        assertEquals(List.of(), others);
    }

    @Test
    void itHasNoSources() {
        assertNone(file -> file.matches(".*\\.(clj|cljc|java)"));
    }

    @Test
    void itHasOnlyTheJarsThatAFunctionNeeds() throws IOException {
        List<String> ofEveryFunction =
                List.of("aws-lambda-java-core", "clojure", "core.specs.alpha", "crac", "function.jar", "jackson-core", "karamon", "spec.alpha");
        List<String> ofOnesThatAskS3 = List.of(
                "annotations", "arns", "auth", "aws-core", "aws-query-protocol", "aws-xml-protocol", "checksums", "checksums-spi", "crt-core",
                "endpoints-spi", "eventstream", "http-auth", "http-auth-aws", "http-auth-aws-eventstream", "http-auth-spi",
                "http-client-spi", "identity-spi", "json-utils", "karamon-s3", "metrics-spi", "profiles", "protocol-core", "reactive-streams", "regions",
                "retries", "retries-spi", "s3", "sdk-core", "slf4j-api", "third-party-jackson-core", "url-connection-client", "utils",
                "utils-lite");
        List<String> jars = FunctionPackage.ofTheExample().jars();
        assertEquals(Stream.concat(ofEveryFunction.stream(), ofOnesThatAskS3.stream()).sorted().toList(), jars);
    }

    // So that a start needn't inflate files, or compare dates of sources and classes.
    @Test
    void itsJarsAreUncompressedAndHaveNoSourcesNextToTheirClasses() throws IOException {
        List<ZipEntry> entries = FunctionPackage.ofTheExample().entriesOf("clojure");
        assertEquals(List.of(), entries.stream().filter(entry -> entry.getMethod() != ZipEntry.STORED).toList());
        List<String> names = entries.stream().map(ZipEntry::getName).toList();
        assertTrue(names.contains("clojure/core__init.class"));
        assertEquals(List.of("clojure/parallel.clj"), names.stream().filter(name -> name.endsWith(".clj")).toList(), "it has no class");
    }

    @Test
    void theHandlersAndTheirDependenciesAreCompiled() throws IOException {
        assertTrue(files.contains("example/core__init.class"));
        assertTrue(files.contains("karamon/gateway__init.class"));
        assertTrue(files.contains("karamon/s3__init.class"));
        List<String> ofKaramon = FunctionPackage.ofTheExample().entriesOf("karamon").stream().map(ZipEntry::getName).toList();
        assertTrue(ofKaramon.contains("karamon/runtime/GatewayHandler.class"));
    }

    // The jars' names say which artifacts it has; these are the classes and sources of all of Karamon's modules.
    @Test
    void itHasNothingOfDevServerTablesOrTests() throws IOException {
        List<String> all = new ArrayList<>(files);
        for (String jar : List.of("karamon", "karamon-s3")) {
            FunctionPackage.ofTheExample().entriesOf(jar).forEach(entry -> all.add(entry.getName()));
        }
        assertEquals(List.of(), all.stream().filter(file -> file.matches("karamon/(dev|local|server|table|test)\\b.*")).toList());
        assertEquals(List.of(), all.stream().filter(file -> file.matches(".*(_test|Test|IT)(__init|[$].*)?[.]class")).toList());
    }
}
