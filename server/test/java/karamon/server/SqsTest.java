package karamon.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.elasticmq.rest.sqs.SQSRestServer;
import org.elasticmq.rest.sqs.SQSRestServerBuilder;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/** A consumer in a process of its own, which is killed, and a server that speaks SQS. */
class SqsTest {
    private static final int MESSAGES = 60;

    private static Process consumer(String url, String endpoint, Path out) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(), "-XX:TieredStopAtLevel=1", "-cp",
                System.getProperty("java.class.path"), "karamon.server.Sqs");
        builder.environment().putAll(Map.of("KARAMON_HANDLER", "shop.handlers/work", "KARAMON_QUEUE_URL", url, "AWS_ENDPOINT_URL_SQS", endpoint,
                "AWS_REGION", "elasticmq", "AWS_ACCESS_KEY_ID", "x", "AWS_SECRET_ACCESS_KEY", "x", "OUT", out.toString(),
                "KARAMON_MANAGEMENT_PORT", "0"));
        return builder.redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    private static int handled(Path out) throws IOException {
        Set<String> bodies = new HashSet<>(Files.readAllLines(out));
        return bodies.size();
    }

    private static void await(Path out, int count) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (handled(out) < count && System.nanoTime() < end) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        assertTrue(handled(out) >= count, handled(out) + " of " + count);
    }

    @Test
    void noMessageIsLostWhenConsumersAreKilled() throws Exception {
        Path out = Files.createTempFile("handled", ".txt");
        SQSRestServer server = SQSRestServerBuilder.withInterface("127.0.0.1").withDynamicPort().start();
        String endpoint = "http://127.0.0.1:" + server.waitUntilStarted().localAddress().getPort();
        try (SqsClient client = SqsClient.builder().endpointOverride(URI.create(endpoint)).region(Region.of("elasticmq"))
                .credentialsProvider(AnonymousCredentialsProvider.create()).httpClient(UrlConnectionHttpClient.create()).build()) {
            String url = client.createQueue(request -> request.queueName("jobs").attributes(Map.of(QueueAttributeName.VISIBILITY_TIMEOUT, "2"))).queueUrl();
            for (int i = 0; i < MESSAGES; i++) {
                String body = i == 7 ? "bad" : "job " + i;
                client.sendMessage(request -> request.queueUrl(url).messageBody(body));
            }
            Process killed = consumer(url, endpoint, out);
            await(out, 5);
            killed.destroyForcibly().waitFor();
            int before = handled(out);
            assertTrue(before < MESSAGES - 1, "all were handled before the kill");
            Process stopped = consumer(url, endpoint, out);
            await(out, MESSAGES - 1);
            client.sendMessage(request -> request.queueUrl(url).messageBody("last"));
            await(out, MESSAGES);
            stopped.destroy();
            assertTrue(stopped.waitFor(30, TimeUnit.SECONDS));
            assertEquals(0, stopped.exitValue());
            TimeUnit.MILLISECONDS.sleep(2100);
            Map<String, String> left = new HashMap<>();
            client.receiveMessage(request -> request.queueUrl(url).maxNumberOfMessages(10)).messages()
                    .forEach(message -> left.put(message.body(), message.messageId()));
            assertEquals(Set.of("bad"), left.keySet());
        } finally {
            server.stopAndWait();
            Files.delete(out);
        }
    }

    @Test
    void aReplyNamesTheMessagesThatFailed() {
        QueueEvent event = new QueueEvent(List.of(message("a"), message("b")), "arn:aws:sqs:r:0:q");
        assertEquals(Set.of("b"), event.failures("{\"batchItemFailures\": [{\"itemIdentifier\": \"b\"}]}".getBytes(StandardCharsets.UTF_8)));
        assertEquals(Set.of(), event.failures("null".getBytes(StandardCharsets.UTF_8)));
        assertEquals(Set.of("a", "b"), event.failures("{\"batchItemFailures\": [{\"itemIdentifier\": \"\"}]}".getBytes(StandardCharsets.UTF_8)));
        assertEquals(Set.of("a", "b"), event.failures("{\"batchItemFailures\": 1}".getBytes(StandardCharsets.UTF_8)));
    }

    private static Message message(String id) {
        return Message.builder().messageId(id).build();
    }
}
