package karamon.server;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import karamon.json.JsonWriter;
import karamon.log.Log;
import karamon.log.Running;
import karamon.runtime.Contexts;
import karamon.runtime.Handler;
import karamon.runtime.HandlerName;
import karamon.runtime.Handlers;
import karamon.runtime.OutputLogger;
import software.amazon.awssdk.services.sqs.model.Message;

/**
 * Handles the messages of an SQS queue, as Lambda does for a function with that queue: the main class of a container. Messages that
 * the function handled are deleted; those in {@code batchItemFailures}, and all if it throws, come again. Needs
 * {@code software.amazon.awssdk:sqs} and {@code url-connection-client} on the class path. {@code docs/server.md} has the variables.
 */
public final class Sqs {
    private static final int MAX_BATCH = 10;
    private static final int DEFAULT_SECONDS = 900;
    private static final long PAUSE_MS = 1000;

    private final Queue queue;
    private final Handler handler;
    private final Contexts contexts;
    private final String name;
    private final int batch;
    private final int seconds;
    private final CountDownLatch ended;
    private final AtomicLong handled = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final List<Thread> pollers = new ArrayList<>();
    private volatile boolean stopping;

    /** Makes a consumer; {@link #start} starts it. */
    Sqs(Environment environment) {
        name = HandlerName.of("KARAMON_HANDLER", environment.variables());
        environment.required("KARAMON_HANDLER", "the function's namespace/name");
        String url = environment.required("KARAMON_QUEUE_URL", "the queue's URL");
        batch = environment.number("KARAMON_BATCH_SIZE", MAX_BATCH, 1, MAX_BATCH);
        seconds = environment.number("KARAMON_REQUEST_TIMEOUT", DEFAULT_SECONDS, 1, 43_200);
        int count = environment.number("KARAMON_CONCURRENCY", 1, 1, 1000);
        ended = new CountDownLatch(count);
        handler = Handlers.load(name.strip());
        contexts = new Contexts(name.strip(), 0);
        queue = new Queue(url, environment.text("AWS_ENDPOINT_URL_SQS"), count);
        for (int i = 0; i < count; i++) {
            pollers.add(new Thread(this::poll, "queue-" + i));
        }
    }

    /**
     * Handles messages until SIGTERM, then finishes those it has, and exits with 0.
     *
     * @param arguments none
     */
    public static void main(String[] arguments) {
        Main.run(environment -> {
            Sqs[] consumer = new Sqs[1];
            int port = Settings.managementPort(environment);
            int timeout = Settings.drainTimeout(environment);
            String host = environment.text("KARAMON_HOST");
            Management.start(host == null ? "0.0.0.0" : host, port, () -> consumer[0] != null && !consumer[0].stopping,
                    () -> consumer[0] == null ? "" : consumer[0].metrics());
            consumer[0] = new Sqs(environment);
            consumer[0].start();
            Signals.onStop(() -> consumer[0].stop(timeout));
        });
    }

    void start() {
        pollers.forEach(Thread::start);
    }

    /** Polls no more, and waits for the last poll (up to 20 seconds) and for the function to finish what came. */
    void stop(int timeoutSeconds) {
        stopping = true;
        try {
            if (!ended.await(timeoutSeconds, TimeUnit.SECONDS)) {
                log(LogLevel.WARN, "messages weren't handled within KARAMON_DRAIN_TIMEOUT, " + timeoutSeconds + " s: they come again", null);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        queue.close();
    }

    String metrics() {
        return "# TYPE karamon_queue_messages_handled_total counter\nkaramon_queue_messages_handled_total " + handled
                + "\n# TYPE karamon_queue_messages_failed_total counter\nkaramon_queue_messages_failed_total " + failed + "\n";
    }

    private void poll() {
        try {
            while (!stopping) {
                List<Message> messages = receive();
                if (!messages.isEmpty()) {
                    handle(messages);
                }
            }
        } finally {
            ended.countDown();
        }
    }

    private List<Message> receive() {
        try {
            return queue.receive(batch);
        } catch (Throwable e) {
            Main.die(e);
            log(LogLevel.ERROR, "can't receive messages", e);
            pause();
            return List.of();
        }
    }

    private void handle(List<Message> messages) {
        QueueEvent event = new QueueEvent(messages, queue.arn());
        Context context = contexts.context(Trace.of(null).id(), System.currentTimeMillis() + 1000L * seconds, null);
        Running.begin(context);
        Future<?> kept = queue.keep(messages);
        try {
            Set<String> failures = event.failures(handler.handle(JsonWriter.bytes(event), context));
            List<Message> done = messages.stream().filter(message -> !failures.contains(message.messageId())).toList();
            if (!done.isEmpty()) {
                queue.delete(done);
            }
            handled.addAndGet(done.size());
            failed.addAndGet(failures.size());
        } catch (Throwable e) {
            Main.die(e);
            failed.addAndGet(messages.size());
            log(LogLevel.ERROR, name + " failed", e);
        } finally {
            kept.cancel(false);
            Running.end();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void log(LogLevel level, String message, Throwable thrown) {
        Log.ofTheProcess().report(OutputLogger.INSTANCE, level, message, null, thrown);
    }
}
