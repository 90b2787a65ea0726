package karamon;

import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.amazonaws.services.lambda.runtime.api.client.AWSLambda;
import com.amazonaws.services.lambda.runtime.serialization.PojoSerializer;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import karamon.runtime.Bootstrap;
import software.amazon.awssdk.utilslite.SdkInternalThreadLocal;

/** A runtime in its own process, which answers the invocations of a {@link RuntimeApi}. */
final class RuntimeProcess implements AutoCloseable {
    private static final int WAIT_SECONDS = 60;

    private final Process process;
    private final Path log;

    private RuntimeProcess(ProcessBuilder builder) throws IOException {
        log = Files.createTempFile("karamon-runtime", ".log");
        process = builder.redirectOutput(log.toFile()).start();
    }

    private static ProcessBuilder builder(Path taskRoot, RuntimeApi api, List<String> command, Map<String, String> variables) {
        ProcessBuilder builder = new ProcessBuilder(command).directory(taskRoot.toFile()).redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().putAll(Map.of(
                "LAMBDA_TASK_ROOT", taskRoot.toString(),
                "AWS_LAMBDA_RUNTIME_API", api.address(),
                "AWS_LAMBDA_FUNCTION_NAME", "test",
                "AWS_LAMBDA_FUNCTION_VERSION", "$LATEST",
                "AWS_LAMBDA_LOG_FORMAT", "Text",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512",
                "AWS_REGION", "eu-west-1",
                "TZ", ":UTC"));
        builder.environment().putAll(variables);
        return builder;
    }

    /**
     * Starts AWS's runtime interface client as a managed Java runtime does: only its own jars are on the class path. It finds the
     * function in its working folder, and adds that folder's {@code lib/*.jar}.
     *
     * @param taskRoot the folder of the unpacked function package
     * @param handler the value of {@code KARAMON_HANDLER}
     * @param more environment variables
     */
    static RuntimeProcess managed(Jdk jdk, Path taskRoot, RuntimeApi api, String handler, Map<String, String> more) throws IOException {
        Map<String, String> variables = new HashMap<>(more);
        variables.put("_HANDLER", "karamon.runtime.GatewayHandler");
        List<String> command = withHandler(
                handler, jdk.java().toString(), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m",
                "-Dcom.amazonaws.services.lambda.runtime.api.client.runtimeapi.NativeClient.JNI=" + nativeClient(),
                "-cp", clientClassPath(),
                AWSLambda.class.getName(), "karamon.runtime.GatewayHandler");
        return new RuntimeProcess(builder(taskRoot, api, command, variables));
    }

    // By a shell: Java passes on only those variables that this process's locale has letters for.
    private static List<String> withHandler(String handler, String... command) {
        StringBuilder octal = new StringBuilder();
        for (byte b : handler.getBytes(StandardCharsets.UTF_8)) {
            octal.append(String.format("\\0%03o", b & 0xff));
        }
        String shell = "export KARAMON_HANDLER=\"$(printf %b '" + octal + "')\"; exec \"$@\"";
        return Stream.concat(Stream.of("/bin/sh", "-c", shell, "sh"), Stream.of(command)).toList();
    }

    /**
     * Starts Karamon's own runtime, as a {@code bootstrap} file does.
     *
     * @param taskRoot the folder of the unpacked function package
     * @param handler the value of {@code _HANDLER}
     * @param more environment variables
     * @param flags of the JVM
     */
    static RuntimeProcess own(Jdk jdk, Path taskRoot, RuntimeApi api, String handler, Map<String, String> more, List<String> flags)
            throws IOException {
        return new RuntimeProcess(ownBuilder(jdk, taskRoot, api, handler, more, flags));
    }

    /** Returns what starts Karamon's own runtime with its output in a pipe, for the caller to start and to read. */
    static ProcessBuilder ownBuilder(
            Jdk jdk, Path taskRoot, RuntimeApi api, String handler, Map<String, String> more, List<String> flags) {
        Map<String, String> variables = new HashMap<>(more);
        variables.put("_HANDLER", handler);
        List<String> command = new ArrayList<>(List.of(jdk.java().toString(), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        command.addAll(flags);
        command.addAll(List.of("-cp", taskRoot + File.pathSeparator + taskRoot.resolve("lib") + "/*", Bootstrap.class.getName()));
        return builder(taskRoot, api, command, variables);
    }

    /**
     * Starts the {@code bootstrap} file of an image's folder.
     *
     * @param handler the value of {@code _HANDLER}; null for an environment without it
     * @param flags of the JVM
     * @param more environment variables
     * @param arguments of the file
     */
    static RuntimeProcess image(
            Path folder, RuntimeApi api, String handler, String flags, Map<String, String> more, String... arguments) throws IOException {
        Map<String, String> variables = new HashMap<>(more);
        variables.putAll(Map.of("KARAMON_JAVA_OPTIONS", flags, "PATH", System.getenv("PATH")));
        if (handler != null) {
            variables.put("_HANDLER", handler);
        }
        List<String> command = new ArrayList<>(List.of(folder.resolve("bootstrap").toString()));
        command.addAll(List.of(arguments));
        return new RuntimeProcess(builder(Path.of("/"), api, command, variables));
    }

    /** Starts a runtime by a shell's command in the locale C; the command may have any letters. */
    static RuntimeProcess shell(RuntimeApi api, Path taskRoot, String command) throws IOException {
        Path script = Files.writeString(taskRoot.resolve("start.sh"), "exec " + command + "\n");
        return new RuntimeProcess(builder(taskRoot, api, List.of("/bin/sh", script.toString()), Map.of("LC_ALL", "C")));
    }

    /** Starts a runtime in a container. */
    static RuntimeProcess container(RuntimeApi api, Path configuration, List<String> command) throws IOException {
        Map<String, String> variables =
                Map.of("CONTAINERS_CONF", configuration.toAbsolutePath().toString(), "PATH", System.getenv("PATH"));
        return new RuntimeProcess(builder(Path.of("/"), api, command, variables));
    }

    /** Waits for an answer; fails if the process ends first. */
    <T> T await(CompletableFuture<T> answer) throws InterruptedException, IOException {
        try {
            CompletableFuture.anyOf(answer, process.onExit()).get(WAIT_SECONDS, TimeUnit.SECONDS);
            if (answer.isDone()) {
                return answer.join();
            }
            throw new AssertionError("The runtime ended (" + process.exitValue() + ") without an answer. It logged:\n" + log());
        } catch (TimeoutException | ExecutionException e) {
            throw new AssertionError("No answer within " + WAIT_SECONDS + " seconds. The runtime logged:\n" + log(), e);
        }
    }

    /** Waits for the process to end, and returns its exit code. */
    int exitCode() throws InterruptedException, IOException {
        if (!process.waitFor(WAIT_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("The runtime didn't end. It logged:\n" + log());
        }
        return process.exitValue();
    }

    /** Returns the output of the process so far. */
    String log() throws IOException {
        return Files.readString(log);
    }

    /** Ends the process and waits for its end. */
    @Override
    public void close() throws IOException {
        process.destroyForcibly().onExit().orTimeout(WAIT_SECONDS, TimeUnit.SECONDS).join();
        Files.delete(log);
    }

    // Else each process copies the library to the same file in /tmp, while another process may be using it.
    private static Path nativeClient() {
        String processor = System.getProperty("os.arch").equals("aarch64") ? "aarch_64" : "x86_64";
        return UnpackedOnce.of(Path.of(jarOf(AWSLambda.class))).resolve("jni/libaws-lambda-jni.linux-" + processor + ".so");
    }

    private static String clientClassPath() {
        return Stream.of(AWSLambda.class, RequestStreamHandler.class, PojoSerializer.class, SdkInternalThreadLocal.class)
                .map(RuntimeProcess::jarOf)
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static String jarOf(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
        } catch (URISyntaxException e) {
            throw new AssertionError("where a class was loaded from", e);
        }
    }
}
