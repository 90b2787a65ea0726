package karamon.bench.cold;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import karamon.bench.Inputs;

/** A variant's process, and its Runtime API. */
final class Running implements AutoCloseable {
    private static final int WAIT_SECONDS = 60;
    private static final long IDLE_MS = 200;
    private static final long IDLE_CPU_NS = 500_000;

    private final RuntimeApi api;
    private final Path log;
    private final Process process;
    private final long startNanos;

    /**
     * Starts the process.
     *
     * @param flags additional flags for the JVM; may be empty
     */
    Running(Variant variant, String flags) throws IOException {
        api = new RuntimeApi(Inputs.restEvent());
        log = Files.createTempFile("karamon-cold", ".log");
        ProcessBuilder builder = new ProcessBuilder(variant.command());
        builder.directory(variant.folder().toFile()).redirectErrorStream(true).redirectOutput(log.toFile());
        Map<String, String> environment = builder.environment();
        environment.clear();
        environment.putAll(Map.of(
                "LAMBDA_TASK_ROOT", variant.folder().toString(),
                "AWS_LAMBDA_RUNTIME_API", api.address(),
                "AWS_LAMBDA_FUNCTION_NAME", "bench",
                "AWS_LAMBDA_FUNCTION_VERSION", "$LATEST",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512",
                "AWS_REGION", "eu-west-1",
                "LANG", "C.UTF-8",
                "TZ", ":UTC"));
        environment.putAll(variant.environment());
        if (!flags.isEmpty()) {
            environment.put("JAVA_TOOL_OPTIONS", flags);
        }
        startNanos = System.nanoTime();
        process = builder.start();
    }

    /** Sends invocations, and returns the process's usage at the arrival of the last response. */
    Sample invoke(int times) throws IOException {
        try {
            String response = api.invoke(times);
            long wall = System.nanoTime() - startNanos;
            Usage usage = Usage.of(process.pid());
            Reply.check(response);
            return new Sample(usage.cpuNanos() / 1e6, wall / 1e6, usage.rssKilobytes() / 1024.0);
        } catch (IOException e) {
            throw new IOException(e.getMessage() + "; the runtime logged:\n" + Files.readString(log), e);
        }
    }

    /**
     * Waits until the process asks to be restored from a snapshot and then stays idle. Lets it go on, and returns its usage from
     * there to the arrival of its first response.
     */
    Sample restore() throws IOException, InterruptedException {
        try {
            api.awaitSnapshot();
            long used;
            do {
                used = Usage.of(process.pid()).cpuNanos();
                TimeUnit.MILLISECONDS.sleep(IDLE_MS); // compilers may still be running
            } while (Usage.of(process.pid()).cpuNanos() - used > IDLE_CPU_NS);
            used = Usage.of(process.pid()).cpuNanos();
            long since = System.nanoTime();
            api.restore();
            String response = api.invoke(1);
            long wall = System.nanoTime() - since;
            Usage usage = Usage.of(process.pid());
            Reply.check(response);
            return new Sample((usage.cpuNanos() - used) / 1e6, wall / 1e6, usage.rssKilobytes() / 1024.0);
        } catch (IOException e) {
            throw new IOException(e.getMessage() + "; the runtime logged:\n" + Files.readString(log), e);
        }
    }

    /** Ends the process as Lambda does, so that it can run its shutdown hooks. */
    void terminate() throws IOException, InterruptedException {
        process.destroy();
        if (!process.waitFor(WAIT_SECONDS, TimeUnit.SECONDS)) {
            throw new IOException("The runtime didn't end; it logged:\n" + Files.readString(log));
        }
    }

    String log() throws IOException {
        return Files.readString(log);
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly().onExit().orTimeout(WAIT_SECONDS, TimeUnit.SECONDS).join();
        api.close();
        Files.delete(log);
    }
}
