package karamon.server;

import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import karamon.log.Log;
import karamon.runtime.Handlers;
import karamon.runtime.OutputLogger;
import karamon.text.Failure;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.component.Graceful;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** The HTTP server of a service. The management port answers first, so that a slow start isn't a dead one. */
final class HandlerServer {
    // Threads besides those of functions: for accepting, selecting, reading and refusing.
    private static final int OTHER_THREADS = 16;
    private static final int TICK_MS = 50;
    // How long idle connections may still bring a request after the server stopped accepting others.
    private static final int IDLE_GRACE_MS = 100;

    private final Settings settings;
    private final Server management;
    private final Server server;
    private final ServerConnector connector;
    private final FunctionHandler functions;
    private volatile boolean ready;

    /**
     * Starts a server.
     *
     * @throws SettingError when a setting is wrong
     * @throws karamon.runtime.InitError when a function can't be loaded
     */
    HandlerServer(Settings settings) {
        this.settings = settings;
        Metrics[] metrics = new Metrics[1];
        management = Management.start(settings.host(), settings.managementPort(), () -> ready,
                () -> metrics[0] == null ? "" : metrics[0].text());
        Service service = Service.of(settings, Handlers::load);
        metrics[0] = new Metrics(service.all());
        functions = new FunctionHandler(service, settings, metrics[0]);
        QueuedThreadPool threads = new QueuedThreadPool(settings.maxConcurrent() + OTHER_THREADS);
        threads.setName("http");
        if (settings.virtualThreads()) {
            threads.setVirtualThreadsExecutor(VirtualThreads.getDefaultVirtualThreadsExecutor());
        }
        server = new Server(threads);
        server.setHandler(functions);
        connector = Ports.listen(server, "PORT", settings.host(), settings.port(), true);
        Thread clock = new Thread(this::expire, "deadlines");
        clock.setDaemon(true);
        clock.start();
        ready = true;
    }

    int port() {
        return connector.getLocalPort();
    }

    int managementPort() {
        return ((ServerConnector) management.getConnectors()[0]).getLocalPort();
    }

    private void expire() {
        while (!server.isStopped()) {
            functions.expire();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(TICK_MS));
        }
    }

    /** Stops without losing a request: says that it isn't ready, waits for load balancers to notice, then for the last answers. */
    void drain() {
        ready = false;
        functions.drain();
        sleep(1000L * settings.drainDelay());
        // Ends accepting, and sends GOAWAY to clients of HTTP/2.
        Graceful.shutdown(server);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(settings.drainTimeout());
        do {
            sleep(Math.min(IDLE_GRACE_MS, 1000L * settings.drainTimeout()));
        } while (functions.open() > 0 && System.nanoTime() < end);
        int left = functions.open();
        if (left > 0) {
            Log.ofTheProcess().report(OutputLogger.INSTANCE, LogLevel.WARN,
                    left + " requests weren't answered within KARAMON_DRAIN_TIMEOUT, " + settings.drainTimeout() + " s", Map.of(), null);
        }
        stop();
    }

    /** Stops at once. */
    void stop() {
        ready = false;
        stop(server);
        if (management != null) {
            stop(management);
        }
    }

    private static void stop(Server server) {
        try {
            server.stop();
        } catch (Exception e) {
            Log.ofTheProcess().report(OutputLogger.INSTANCE, LogLevel.WARN, "the server didn't stop: " + Failure.message(e), null, null);
        }
    }

    private static void sleep(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
