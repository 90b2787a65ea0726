package karamon.server;

import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import karamon.log.Log;
import karamon.runtime.OutputLogger;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageRequest;

/** A queue of SQS: its calls, and its messages kept invisible to other consumers while they are handled. Safe for many threads. */
final class Queue implements AutoCloseable {
    private static final int WAIT_SECONDS = 20;
    private static final int ATTEMPTS = 5;
    private static final int MAX_THREADS = 32;

    private final SqsClient client;
    private final String url;
    private final String arn;
    private final int visibility;
    private final ScheduledExecutorService clock;

    /**
     * Connects to a queue. Throws a {@link SettingError} if it can't be used.
     *
     * @param endpoint null for AWS's own
     * @param batches how many batches are kept at once: a slow call for one must not make the others visible
     */
    Queue(String url, String endpoint, int batches) {
        this.url = url;
        clock = Executors.newScheduledThreadPool(Math.min(batches, MAX_THREADS), task -> {
            Thread thread = new Thread(task, "visibility");
            thread.setDaemon(true);
            return thread;
        });
        try {
            var builder = SqsClient.builder().httpClientBuilder(UrlConnectionHttpClient.builder().socketTimeout(Duration.ofSeconds(30)));
            client = (endpoint == null ? builder : builder.endpointOverride(URI.create(endpoint))).build();
            Map<QueueAttributeName, String> attributes = client.getQueueAttributes(request -> request.queueUrl(url)
                    .attributeNames(QueueAttributeName.QUEUE_ARN, QueueAttributeName.VISIBILITY_TIMEOUT)).attributes();
            arn = attributes.getOrDefault(QueueAttributeName.QUEUE_ARN, "");
            visibility = Math.max(1, Integer.parseInt(attributes.getOrDefault(QueueAttributeName.VISIBILITY_TIMEOUT, "30")));
        } catch (SdkException | IllegalArgumentException e) {
            throw new SettingError("KARAMON_QUEUE_URL must be the URL of a queue that this process may read, found " + url + " ("
                    + e.getMessage() + ")");
        }
    }

    String arn() {
        return arn;
    }

    /** Waits up to 20 seconds for messages, and returns them, at most 10; none if nothing came. */
    List<Message> receive(int max) {
        return client.receiveMessage(ReceiveMessageRequest.builder()
                .queueUrl(url)
                .maxNumberOfMessages(max)
                .waitTimeSeconds(WAIT_SECONDS)
                .messageSystemAttributeNames(MessageSystemAttributeName.ALL)
                .messageAttributeNames("All")
                .build()).messages();
    }

    /** Deletes messages. Throws an {@link IllegalStateException} if some can't be deleted: they will come again. */
    void delete(List<Message> messages) {
        List<DeleteMessageBatchRequestEntry> left = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            left.add(DeleteMessageBatchRequestEntry.builder().id("m" + i).receiptHandle(messages.get(i).receiptHandle()).build());
        }
        for (int attempt = 0; !left.isEmpty() && attempt < ATTEMPTS; attempt++) {
            List<DeleteMessageBatchRequestEntry> now = List.copyOf(left);
            List<String> failed = new ArrayList<>();
            client.deleteMessageBatch(request -> request.queueUrl(url).entries(now)).failed().forEach(entry -> failed.add(entry.id()));
            left.removeIf(entry -> !failed.contains(entry.id()));
        }
        if (!left.isEmpty()) {
            throw new IllegalStateException(left.size() + " messages were handled but can't be deleted, so they will come again");
        }
    }

    /** Keeps messages invisible until the result is cancelled. */
    Future<?> keep(List<Message> messages) {
        long halfMs = TimeUnit.SECONDS.toMillis(visibility) / 2;
        return clock.scheduleAtFixedRate(() -> {
            try {
                extend(messages);
            } catch (RuntimeException e) {
                // An exception would end the schedule.
                Log.ofTheProcess().report(OutputLogger.INSTANCE, LogLevel.WARN, "can't extend the visibility of messages", null, e);
            }
        }, halfMs, halfMs, TimeUnit.MILLISECONDS);
    }

    private void extend(List<Message> messages) {
        List<ChangeMessageVisibilityBatchRequestEntry> entries = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            entries.add(ChangeMessageVisibilityBatchRequestEntry.builder()
                    .id("m" + i).receiptHandle(messages.get(i).receiptHandle()).visibilityTimeout(visibility).build());
        }
        client.changeMessageVisibilityBatch(request -> request.queueUrl(url).entries(entries));
    }

    @Override
    public void close() {
        clock.shutdownNow();
        client.close();
    }
}
