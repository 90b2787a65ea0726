package karamon.server;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * The port for those who run the server: {@code /livez}, {@code /readyz} and {@code /metrics}. It has threads of its own, so it
 * answers when all others are busy.
 */
final class Management extends Handler.Abstract {
    private static final int THREADS = 8;

    private final BooleanSupplier ready;
    private final Supplier<String> metrics;

    private Management(BooleanSupplier ready, Supplier<String> metrics) {
        this.ready = ready;
        this.metrics = metrics;
    }

    /**
     * Starts it.
     *
     * @param port 0 for none, -1 for any free port
     * @return a server to stop; null for none
     */
    static Server start(String host, int port, BooleanSupplier ready, Supplier<String> metrics) {
        if (port == 0) {
            return null;
        }
        QueuedThreadPool threads = new QueuedThreadPool(THREADS, 1);
        threads.setName("management");
        Server server = new Server(threads);
        server.setHandler(new Management(ready, metrics));
        Ports.listen(server, "KARAMON_MANAGEMENT_PORT", host, port, false);
        return server;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        // CONNECT has no path.
        switch (Objects.requireNonNullElse(request.getHttpURI().getPath(), "")) {
            case "/livez" -> answer(response, callback, 200, "text/plain", "live\n");
            case "/readyz" -> {
                boolean now = ready.getAsBoolean();
                answer(response, callback, now ? 200 : 503, "text/plain", now ? "ready\n" : "not ready\n");
            }
            case "/metrics" -> answer(response, callback, 200, "text/plain; version=0.0.4; charset=utf-8", metrics.get());
            default -> answer(response, callback, 404, "text/plain", "/livez, /readyz and /metrics are here\n");
        }
        return true;
    }

    private static void answer(Response response, Callback callback, int status, String type, String text) {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
        response.write(true, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), callback);
    }
}
