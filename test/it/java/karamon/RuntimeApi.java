package karamon;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Lambda's Runtime API on the loopback interface, stricter than the real one: violations of the protocol are answered with 4xx,
 * and fail the test when this is closed. Any number of runtimes and threads may ask for events at once.
 *
 * <p>The protocol: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
final class RuntimeApi implements AutoCloseable {
    static final String ARN = "arn:aws:lambda:eu-west-1:123456789012:function:test";
    static final String TRACE_ID = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

    private static final int INVOCATION_MS = 60_000;
    private static final String PATH = "/2018-06-01/runtime/";
    private static final Pattern ANSWER = Pattern.compile("invocation/([^/]+)/(response|error)");

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final BlockingQueue<Invocation> queue = new LinkedBlockingQueue<>();
    private final Map<String, Running> running = new ConcurrentHashMap<>();
    private final CompletableFuture<Answer> initError = new CompletableFuture<>();
    private final CompletableFuture<Void> snapshot = new CompletableFuture<>();
    private final CompletableFuture<Void> restored = new CompletableFuture<>();
    private final CompletableFuture<Answer> restoreError = new CompletableFuture<>();
    private volatile boolean snapshots = true;
    private final List<String> faults = new CopyOnWriteArrayList<>();

    /**
     * An answer of a runtime.
     *
     * @param requestId of the invocation; null for an init error
     * @param errorType the header of an error; null for a response
     * @param body the response, or the error's JSON
     * @param ns nanoseconds from sending the event to receiving this; 0 for an init error
     */
    record Answer(String requestId, boolean error, String errorType, byte[] body, long ns) {
        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    private record Invocation(String id, byte[] event, Map<String, String> headers, CompletableFuture<Answer> answer) {}

    private record Running(Invocation invocation, long since) {}

    static {
        // Else each body waits for the runtime's TCP acknowledgement of the headers before it: some 40 ms.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    RuntimeApi() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    /** Returns the value for {@code AWS_LAMBDA_RUNTIME_API}. */
    String address() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    /** Queues an event for the next request, and returns the future answer. */
    CompletableFuture<Answer> send(String event) {
        return send(event, Map.of());
    }

    /** Does the same, with additional headers. */
    CompletableFuture<Answer> send(String event, Map<String, String> headers) {
        return send(event.getBytes(StandardCharsets.UTF_8), headers);
    }

    /** Does the same for bytes, which needn't be JSON. */
    CompletableFuture<Answer> send(byte[] event, Map<String, String> headers) {
        Invocation invocation = new Invocation(UUID.randomUUID().toString(), event, headers, new CompletableFuture<>());
        queue.add(invocation);
        return invocation.answer;
    }

    /** Returns the future report of a runtime that can't start. */
    CompletableFuture<Answer> initError() {
        return initError;
    }

    /** Returns a future that completes when a runtime asks to be restored: there Lambda takes the SnapStart snapshot. */
    CompletableFuture<Void> snapshot() {
        return snapshot;
    }

    /** Lets a runtime that asked to be restored continue, as Lambda does after starting it from the snapshot. */
    void restore() {
        restored.complete(null);
    }

    /** Answers as a Runtime API that knows no snapshots. */
    void refuseSnapshots() {
        snapshots = false;
    }

    /** Returns the future report of a runtime that fails after a restore. */
    CompletableFuture<Answer> restoreError() {
        return restoreError;
    }

    /** Stops, and fails if a runtime violated the protocol. End the runtimes first. */
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
        if (!faults.isEmpty()) {
            throw new AssertionError("The runtime broke the protocol: " + String.join("; ", faults));
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getRawPath();
            String asked = exchange.getRequestMethod() + " " + (path.startsWith(PATH) ? path.substring(PATH.length()) : path);
            byte[] body = exchange.getRequestBody().readAllBytes();
            long received = System.nanoTime();
            Matcher answer = ANSWER.matcher(asked.startsWith("POST ") ? asked.substring(5) : "");
            if (asked.equals("GET invocation/next")) {
                next(exchange);
            } else if (asked.equals("GET restore/next") && !snapshots) {
                exchange.sendResponseHeaders(404, -1);
            } else if (asked.equals("GET restore/next")) {
                snapshot.complete(null);
                restored.get();
                exchange.sendResponseHeaders(200, -1);
            } else if (asked.equals("POST restore/error")) {
                finish(exchange, restored.isDone(), "an error of a restore that didn't happen");
                restoreError.complete(answer(null, true, exchange, body, 0));
            } else if (asked.equals("POST init/error")) {
                boolean first = initError.complete(answer(null, true, exchange, body, 0));
                finish(exchange, first, "a second init error");
            } else if (answer.matches()) {
                Running answered = running.remove(answer.group(1));
                finish(exchange, answered != null, asked + ", which isn't running");
                if (answered != null) {
                    answered.invocation.answer.complete(answer(
                            answer.group(1), answer.group(2).equals("error"), exchange, body, received - answered.since));
                }
            } else {
                finish(exchange, false, asked + ", which doesn't exist");
            }
        } catch (ExecutionException e) {
            throw new AssertionError("restored never fails", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed while a runtime waited
        }
    }

    private void next(HttpExchange exchange) throws IOException, InterruptedException {
        Invocation invocation = queue.take();
        running.put(invocation.id, new Running(invocation, System.nanoTime()));
        var headers = exchange.getResponseHeaders();
        headers.set("Content-Type", "application/json");
        headers.set("Lambda-Runtime-Aws-Request-Id", invocation.id);
        headers.set("Lambda-Runtime-Deadline-Ms", Long.toString(System.currentTimeMillis() + INVOCATION_MS));
        headers.set("Lambda-Runtime-Invoked-Function-Arn", ARN);
        headers.set("Lambda-Runtime-Trace-Id", TRACE_ID);
        invocation.headers.forEach(headers::set);
        exchange.sendResponseHeaders(200, invocation.event.length);
        exchange.getResponseBody().write(invocation.event);
    }

    private static Answer answer(String id, boolean error, HttpExchange exchange, byte[] body, long ns) {
        return new Answer(id, error, exchange.getRequestHeaders().getFirst("Lambda-Runtime-Function-Error-Type"), body, ns);
    }

    private void finish(HttpExchange exchange, boolean allowed, String what) throws IOException {
        if (!allowed) {
            faults.add(what);
        }
        byte[] body = (allowed ? "{\"status\":\"OK\"}" : "{\"errorType\":\"InvalidRequest\"}").getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(allowed ? 202 : 403, body.length);
        exchange.getResponseBody().write(body);
    }
}
