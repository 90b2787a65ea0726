package karamon.server;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.sqs.model.Message;

class QueueTest {
    @Test
    void aSlowCallForOneBatchLetsNoOtherBecomeVisible() throws Exception {
        CountDownLatch both = new CountDownLatch(2);
        CountDownLatch end = new CountDownLatch(1);
        ExecutorService threads = Executors.newCachedThreadPool();
        HttpServer sqs = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        sqs.setExecutor(threads);
        sqs.createContext("/", exchange -> {
            String answer = "{}";
            if (exchange.getRequestHeaders().getFirst("X-Amz-Target").equals("AmazonSQS.GetQueueAttributes")) {
                answer = "{\"Attributes\": {\"QueueArn\": \"arn:aws:sqs:us-east-1:1:q\", \"VisibilityTimeout\": \"1\"}}";
            } else {
                both.countDown();
                try {
                    end.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            byte[] body = answer.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("content-type", "application/x-amz-json-1.0");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        sqs.start();
        Map<String, String> properties = Map.of("aws.region", "us-east-1", "aws.accessKeyId", "a", "aws.secretAccessKey", "b");
        properties.forEach(System::setProperty);
        String endpoint = "http://127.0.0.1:" + sqs.getAddress().getPort();
        try (Queue queue = new Queue(endpoint + "/1/q", endpoint, 2)) {
            queue.keep(List.of(Message.builder().receiptHandle("a").build()));
            queue.keep(List.of(Message.builder().receiptHandle("b").build()));
            assertTrue(both.await(20, TimeUnit.SECONDS), "one waits for the other");
            end.countDown();
        } finally {
            end.countDown();
            properties.keySet().forEach(System::clearProperty);
            sqs.stop(0);
            threads.shutdownNow();
        }
    }
}
