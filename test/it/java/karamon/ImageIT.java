package karamon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import karamon.RuntimeApi.Answer;
import karamon.test.Depth;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images made by {@code ./karamon image}, started by their bootstrap file. */
class ImageIT extends InRuntime {
    private static final int FEATURE = Runtime.version().feature();

    // JDK 25 loads all classes in its cache at the start, even those that only the package's other handlers need.
    private static final List<String> TRAINED = List.of("--handler", "example.core/hello", "--handler", "example.core/echo");

    /** The images by JDK. Making one takes some ten seconds. */
    private static final Map<Integer, Path> IMAGES = new HashMap<>();

    @TempDir
    private static Path images;

    @TempDir
    private Path shared;

    private static Path imageOf(int feature) {
        return IMAGES.computeIfAbsent(feature, number -> {
            Path image = images.resolve(number.toString());
            Images.make(number, image, TRAINED);
            return image;
        });
    }

    // The folder is always a copy: an archive must not depend on the folder in which it was made.
    private Path image() throws IOException {
        return copy(imageOf(FEATURE), shared.resolve("image"));
    }

    private static Path copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()),
                        StandardCopyOption.COPY_ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
            }
        }
        return to;
    }

    private static Path archive(Path image) {
        return image.resolve(Files.exists(image.resolve("function.aot")) ? "function.aot" : "function.jsa");
    }

    private RuntimeProcess start(Path image, String handler, String flags, String... arguments) throws IOException {
        return ended(RuntimeProcess.image(image, api, handler, flags, Map.of(), arguments));
    }

    /** The classes loaded up to the first answer, and the log. */
    private record Start(LoadedClasses classes, String log) {}

    private Start answered(Path image) throws Exception {
        Path log = shared.resolve("classes");
        RuntimeProcess runtime = start(image, "example.core/hello", LoadedClasses.logTo(log));
        Answer answer = runtime.await(api.send(event("rest-echo")));
        assertEquals("{\"hello\":\"José & co\"}", ((Map<?, ?>) json(answer)).get("body"));
        return new Start(LoadedClasses.of(log), runtime.log());
    }

    private static void assertAnsweredWithoutTheArchive(Start start) {
        assertFalse(start.classes().isFromArchive("karamon.runtime.Bootstrap"), start.log());
        assertTrue(start.classes().names().contains("clojure.core__init"));
    }

    @Test
    void aFirstResponseLoadsOnlyNeededClassesAndNearlyAllFromTheArchive() throws Exception {
        Start start = answered(image());
        assertEquals("", start.log());
        LoadedClasses classes = start.classes();
        List<String> others = classes.names().stream().filter(name -> !classes.isFromArchive(name)).toList();
        assertTrue(classes.fromArchive() >= 0.99, classes.fromArchive() + " of all, without " + others);
        assertEquals(List.of(), classes.needless());
        assertEquals(List.of("example.core", "karamon.gateway"), classes.namespaces());
    }

    @Test
    void theCacheLeavesOutTheProfilesThatOnlyC2Uses() throws IOException {
        assertEquals(FEATURE >= 25, Files.readString(image().resolve("java.options")).contains("\n-XX:-AOTRecordTraining\n"));
    }

    @Test
    void anImageWaitsForTheStartFromItsSnapshot() throws Exception {
        RuntimeProcess runtime = ended(RuntimeProcess.image(
                image(), api, "example.core/hello", "", Map.of("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")));
        runtime.await(api.snapshot());
        api.restore();
        assertFalse(runtime.await(api.send(event("rest-echo"))).error());
        assertEquals("", runtime.log());
    }

    @Test
    void theFirstArgumentNamesTheHandlerLikeAnImagesCommand() throws Exception {
        RuntimeProcess runtime = start(image(), "example.core/nothing", "", "example.core/hello");
        assertFalse(runtime.await(api.send(event("rest-echo"))).error());
    }

    @Test
    void aMissingHandlerIsAnInitError() throws Exception {
        RuntimeProcess runtime = start(image(), null, "");
        assertEquals("karamon.runtime.InitError$NoHandlerNamed", runtime.await(api.initError()).errorType());
        assertEquals(1, runtime.exitCode());
    }

    @Test
    void anArchiveOlderThanAJarIsNotUsedAndAWarningIsLogged() throws Exception {
        Path image = image();
        Files.setLastModifiedTime(image.resolve("lib/function.jar"), FileTime.from(Instant.now().plusSeconds(60)));
        Start start = answered(image);
        assertAnsweredWithoutTheArchive(start);
        assertTrue(start.log().contains("function."), "a warning names the archive, or the jar: " + start.log());
    }

    @Test
    void anArchiveOfAnotherJdkIsNotUsed() throws Exception {
        Depth.requireFull(); // It makes an image with another JDK.
        int other = FEATURE == 25 ? 17 : 25;
        assumeTrue(Jdk.find(other).isPresent(), "there is no JDK " + other);
        Path image = image();
        Files.copy(archive(imageOf(other)), archive(image), StandardCopyOption.REPLACE_EXISTING);
        Start start = answered(image);
        assertAnsweredWithoutTheArchive(start);
        if (FEATURE == 25) { // JDK 17 doesn't report it.
            assertTrue(start.log().contains("[warning][aot]"), start.log());
        }
    }

    @Test
    void anImageWithoutItsArchiveWorks() throws Exception {
        Path image = image();
        Files.delete(archive(image));
        assertAnsweredWithoutTheArchive(answered(image));
    }
}
