package karamon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RuntimeApiTest {
    private final HttpClient client = HttpClient.newHttpClient();

    private CompletableFuture<HttpResponse<String>> get(RuntimeApi api, String path) {
        return client.sendAsync(request(api, path).GET().build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> post(RuntimeApi api, String path, String body) throws IOException, InterruptedException {
        HttpRequest.Builder request = request(api, path).header("Lambda-Runtime-Function-Error-Type", "Some.Type");
        return client.send(request.POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
    }

    private static HttpRequest.Builder request(RuntimeApi api, String path) {
        return HttpRequest.newBuilder(URI.create("http://" + api.address() + "/2018-06-01/runtime/" + path));
    }

    private static String id(HttpResponse<String> next) {
        return next.headers().firstValue("Lambda-Runtime-Aws-Request-Id").orElseThrow();
    }

    @Test
    void sendsAnEventAndReturnsTheAnswer() throws Exception {
        try (RuntimeApi api = new RuntimeApi()) {
            CompletableFuture<RuntimeApi.Answer> answer = api.send("{\"a\":1}");
            HttpResponse<String> next = get(api, "invocation/next").get(10, TimeUnit.SECONDS);
            assertEquals("{\"a\":1}", next.body());
            assertEquals(RuntimeApi.ARN, next.headers().firstValue("Lambda-Runtime-Invoked-Function-Arn").orElseThrow());
            assertTrue(next.headers().firstValueAsLong("Lambda-Runtime-Deadline-Ms").orElseThrow() > System.currentTimeMillis());
            assertEquals(202, post(api, "invocation/" + id(next) + "/response", "answered").statusCode());
            assertEquals("answered", answer.get(10, TimeUnit.SECONDS).text());
        }
    }

    @Test
    void severalRequestsCanWaitForEvents() throws Exception {
        try (RuntimeApi api = new RuntimeApi()) {
            CompletableFuture<HttpResponse<String>> first = get(api, "invocation/next");
            CompletableFuture<HttpResponse<String>> second = get(api, "invocation/next");
            api.send("1");
            api.send("2");
            assertEquals(3, Integer.parseInt(first.get(10, TimeUnit.SECONDS).body()) + Integer.parseInt(second.get(10, TimeUnit.SECONDS).body()));
        }
    }

    @Test
    void anErrorHasItsType() throws Exception {
        try (RuntimeApi api = new RuntimeApi()) {
            CompletableFuture<RuntimeApi.Answer> answer = api.send("{}");
            HttpResponse<String> next = get(api, "invocation/next").get(10, TimeUnit.SECONDS);
            assertEquals(202, post(api, "invocation/" + id(next) + "/error", "{}").statusCode());
            assertTrue(answer.get(10, TimeUnit.SECONDS).error());
            assertEquals("Some.Type", answer.get().errorType());
            assertEquals(202, post(api, "init/error", "{}").statusCode());
            assertEquals("Some.Type", api.initError().get(10, TimeUnit.SECONDS).errorType());
        }
    }

    @Test
    void aSecondAnswerIsRefusedAndFailsTheTest() throws Exception {
        RuntimeApi api = new RuntimeApi();
        api.send("{}");
        String answer = "invocation/" + id(get(api, "invocation/next").get(10, TimeUnit.SECONDS)) + "/response";
        assertEquals(202, post(api, answer, "1").statusCode());
        assertEquals(403, post(api, answer, "2").statusCode());
        assertThrows(AssertionError.class, api::close);
    }

    @Test
    void anUnknownInvocationIsRefusedAndFailsTheTest() throws Exception {
        RuntimeApi api = new RuntimeApi();
        assertEquals(403, post(api, "invocation/nobody/error", "{}").statusCode());
        assertTrue(assertThrows(AssertionError.class, api::close).getMessage().contains("invocation/nobody/error"));
    }
}
