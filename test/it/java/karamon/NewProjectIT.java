package karamon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import clojure.lang.RT;
import clojure.lang.Symbol;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks the projects that the archetype and {@code karamon new} write, and the packages built from them. */
@Tag("any-jdk")
class NewProjectIT {

    private static void assertNone(String project, Predicate<String> unwanted) throws IOException {
        assertEquals(List.of(), packaged(project).stream().filter(unwanted).toList());
    }

    private static List<String> packaged(String project) throws IOException {
        return NewProject.named(project).functionPackage().own();
    }

    /** Returns Karamon's files in the package. */
    private static List<String> karamon(String project, Predicate<String> wanted) throws IOException {
        return NewProject.named(project).functionPackage().entriesOf("karamon").stream().map(ZipEntry::getName).filter(wanted).toList();
    }

    // Without the SDK, namespaces that use S3 aren't compiled, so their sources stay.
    private static boolean isOfS3(String file) {
        return file.startsWith("karamon/s3");
    }

    // The builds here are of the archetype's projects. As new writes the same, its projects build too.
    @ParameterizedTest
    @ValueSource(strings = {"my-app", "my.dotted-app"})
    void newWritesWhatTheArchetypeWrites(String name, @TempDir Path home) throws IOException {
        RT.var("clojure.core", "require").invoke(Symbol.intern("karamon.dev.new"));
        RT.var("karamon.dev.new", "create").invoke(
                home.resolve(name).toFile(),
                RT.map(RT.keyword(null, "build"), RT.keyword(null, "maven"), RT.keyword(null, "home"), home.toString()));
        NewProject written = new NewProject(home.resolve(name));
        NewProject generated = NewProject.named(name);
        for (String file : written.files()) {
            assertEquals(generated.text(file), written.text(file), file);
        }
        if (name.equals("my-app")) { // files were added to the other
            assertEquals(generated.files(), written.files());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"my-app", "my.dotted-app"})
    void aPackageHasOnlyTheJarsThatAFunctionNeeds(String name) throws IOException {
        assertEquals(
                List.of("aws-lambda-java-core", "clojure", "core.specs.alpha", "crac", "function.jar", "jackson-core", "karamon", "spec.alpha"),
                NewProject.named(name).functionPackage().jars());
    }

    @Test
    void aPackageIsSmall() throws IOException {
        long size = Files.size(NewProject.named("my-app").functionPackage().path());
        assertTrue(size <= 4_500_000, size + " bytes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"my-app", "my.dotted-app"})
    void aPackageHasNoSources(String name) throws IOException {
        assertNone(name, file -> file.matches(".*\\.(clj|cljc|java)") && !file.equals("data_readers.clj"));
        assertEquals(List.of(), karamon(name, file -> file.matches(".*\\.(clj|cljc|java)") && !isOfS3(file)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"my-app", "my.dotted-app"})
    void aPackageHasNothingForDevelopment(String name) throws IOException {
        assertNone(name, file -> file.matches("(karamon/(dev|local)|META-INF|user|.*_test).*"));
        assertEquals(List.of(), karamon(name, file -> file.matches("karamon/(dev|local).*")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"my-app", "my.dotted-app"})
    void karamonsNamespacesAreCompiledAsInTheExample(String name) throws IOException {
        Predicate<String> compiled = file -> file.matches("karamon/.*__init[.]class") && !isOfS3(file);
        List<String> ofTheExample = FunctionPackage.ofTheExample().own().stream().filter(compiled).sorted().toList();
        assertTrue(ofTheExample.contains("karamon/gateway__init.class"));
        assertEquals(ofTheExample, packaged(name).stream().filter(compiled).sorted().toList());
        assertEquals(List.of(), packaged(name).stream().filter(NewProjectIT::isOfS3).toList());
    }

    // It was built with -Pimage.
    @Test
    void mavenMakesAProjectsImage() {
        Path image = NewProject.named("my-app").folder().resolve("target/karamon-image");
        assertTrue(Files.isExecutable(image.resolve("bootstrap")));
        String archive = Runtime.version().feature() >= 25 ? "function.aot" : "function.jsa";
        assertTrue(Files.exists(image.resolve(archive)), archive + " was trained");
    }

    @Test
    void otherFilesAmongTheSourcesAreInThePackage() throws IOException {
        assertTrue(packaged("my-app").contains("my_app/core__init.class"));
        assertTrue(packaged("my.dotted-app")
                .containsAll(List.of(
                        "my/dotted_app/core__init.class", "my/dotted_app/besides__init.class", "my/dotted_app/Upper.class",
                        "my/dotted_app/pages/page.html", "data_readers.clj", "greeting.txt")));
    }
}
