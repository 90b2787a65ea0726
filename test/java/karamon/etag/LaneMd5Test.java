package karamon.etag;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import karamon.test.Depth;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LaneMd5Test {
    // Enough for each message length several times.
    private static final int CASES = (int) Depth.times(1_000, 10_000);
    private static final String AGREE = CASES + " cases agree in ";

    /** Returns the output of a process, including standard error. */
    private static String run(String... arguments) throws IOException, InterruptedException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        List<String> command = Stream.concat(Stream.of(java, "-cp", System.getProperty("java.class.path")), Stream.of(arguments)).toList();
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }

    @Test
    void loopsAgreeWithTheJdk() {
        assertEquals(CASES, KernelCheck.agrees(new LoopMd5(), CASES));
    }

    @Test
    void vectorsAgreeWithTheJdk() throws Exception {
        String output = run("--add-modules", "jdk.incubator.vector", "karamon.etag.KernelCheck", "karamon.etag.VectorMd5",
                    Integer.toString(CASES));
        assertTrue(output.contains(AGREE), output);
    }

    @Test
    void narrowerVectorsAgreeWithTheJdk() throws Exception {
        for (String option : List.of("-XX:MaxVectorSize=32", "-XX:MaxVectorSize=16")) {
            String output = run("--add-modules", "jdk.incubator.vector", option, "karamon.etag.KernelCheck", "karamon.etag.VectorMd5",
                    Integer.toString(CASES));
            assertTrue(output.contains(AGREE), option + ": " + output);
        }
    }

    @Test
    void loopsWorkWithoutTheModule() throws Exception {
        String output = run("karamon.etag.KernelCheck", "karamon.etag.LoopMd5", Integer.toString(CASES));
        assertTrue(output.contains(AGREE), output);
        assertFalse(output.contains("incubator"), output);
        assertTrue(ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty(), "these tests run without it");
    }

    @Test
    void aWrongKernelIsNeverUsed() {
        LoopMd5 right = new LoopMd5();
        LaneMd5 wrong = new LaneMd5() {
            @Override
            public int lanes() {
                return right.lanes();
            }

            @Override
            public void begin() {
                right.begin();
            }

            @Override
            public void update(byte[] bytes, int stride, int blocks) {
                right.update(bytes, stride, blocks);
            }

            @Override
            public byte[] digest(int lane) {
                byte[] digest = right.digest(lane);
                digest[15] ^= lane == 63 ? (byte) 1 : 0;
                return digest;
            }
        };
        assertNull(Lanes.measured(() -> wrong, 1_000_000_000).kernel());
    }

    @Test
    void aKernelThatBecomesSlowIsDropped() {
        Lanes.Choice choice = new Lanes.Choice(LoopMd5::new, 64, 2, 1.0);
        Lanes lanes = new Lanes(choice, Preparation.LOOPS);
        lanes.report(choice, 1.9);
        assertEquals(choice, lanes.choice());
        lanes.report(choice, 2.1);
        assertEquals(Lanes.Choice.NONE, lanes.choice());
    }

    @Test
    void theVectorSourcesCompileWithOnlyTheModulesWarning(@TempDir Path folder) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter out = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
                Stream<Path> sources = Files.list(Path.of("src-java/karamon/etag"))) {
            List<Path> vectors = sources.filter(file -> file.getFileName().toString().startsWith("Vector")).toList();
            List<String> options = List.of("--release", "17", "--add-modules", "jdk.incubator.vector", "-Xlint:all,-path", "-d",
                    folder.toString(), "-cp", System.getProperty("java.class.path"));
            assertEquals(3, vectors.size());
            assertTrue(compiler.getTask(out, files, null, options, null, files.getJavaFileObjectsFromPaths(vectors)).call(), out.toString());
        }
        List<String> lines = out.toString().lines().toList();
        assertEquals("1 warning", lines.get(lines.size() - 1), out.toString());
        assertTrue(lines.get(0).endsWith("using incubating module(s): jdk.incubator.vector"), out.toString());
    }
}
