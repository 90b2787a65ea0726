package karamon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import karamon.RuntimeApi.Answer;
import karamon.json.JsonWriter;
import org.junit.jupiter.api.Test;

/**
 * Compares what the server answers with what a function URL's function answers on AWS's own runtime interface client. {@code
 * karamon.server.parity-test} compares the server with the local gateway.
 */
class ServerParityIT extends InRuntime {
    private record Call(String method, String path, String query, String type, byte[] body) {}

    private static final List<Call> CALLS = List.of(
            call("POST", "", "text/plain; charset=utf-8", "こんにちは"),
            call("POST", "a=1&a=2", "application/json", "{\"a\": [1, 2.5, null]}"),
            call("PUT", "", "text/plain; charset=utf-8", ""),
            new Call("POST", "/echo", "", "application/octet-stream", new byte[] {0, -1, 10, 13, -128}));
    private static final List<Call> GREETINGS = List.of(
            new Call("GET", "/", "", null, null),
            new Call("GET", "/a%2Fb/%E5%A4%AA", "name=Jos%C3%A9+%26%20co", null, null),
            new Call("DELETE", "/x", "name=1&name=2", null, null));

    private static Call call(String method, String query, String type, String body) {
        return new Call(method, "/echo", query, type, body.getBytes(StandardCharsets.UTF_8));
    }

    private static String event(Call call) {
        Map<String, Object> event = new HashMap<>(Map.of(
                "version", "2.0",
                "routeKey", "$default",
                "rawPath", call.path(),
                "rawQueryString", call.query(),
                "isBase64Encoded", call.body() != null,
                "headers", call.type() == null ? Map.of() : Map.of("content-type", call.type()),
                "requestContext", Map.of("domainName", "x.lambda-url.eu-west-1.on.aws", "requestId", "1", "stage", "$default",
                        "http", Map.of("method", call.method(), "path", call.path(), "protocol", "HTTP/1.1",
                                "sourceIp", "192.0.2.1"))));
        Map<String, String> query = new HashMap<>();
        for (String pair : call.query().isEmpty() ? new String[0] : call.query().split("&")) {
            String[] parts = pair.split("=", 2);
            query.merge(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8), (a, b) -> a + "," + b);
        }
        if (!query.isEmpty()) {
            event.put("queryStringParameters", query);
        }
        if (call.body() != null) {
            event.put("body", Base64.getEncoder().encodeToString(call.body()));
        }
        return JsonWriter.string((Object) event);
    }

    private static List<Object> onTheClient(RuntimeProcess runtime, RuntimeApi api, Call call) throws Exception {
        Answer answer = runtime.await(api.send(event(call)));
        assertFalse(answer.error(), answer.text());
        Map<?, ?> reply = (Map<?, ?>) json(answer);
        String body = reply.get("body") == null ? "" : (String) reply.get("body");
        byte[] bytes = Boolean.TRUE.equals(reply.get("isBase64Encoded"))
                ? Base64.getDecoder().decode(body)
                : body.getBytes(StandardCharsets.UTF_8);
        Object type = ((Map<?, ?>) reply.get("headers")).get("content-type");
        return List.of(reply.get("statusCode"), type, new String(bytes, StandardCharsets.ISO_8859_1));
    }

    private static List<Object> onTheServer(int port, Call call) throws Exception {
        String target = call.path() + (call.query().isEmpty() ? "" : "?" + call.query());
        byte[] body = call.body() == null ? new byte[0] : call.body();
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + target))
                .method(call.method(), HttpRequest.BodyPublishers.ofByteArray(body));
        if (call.type() != null) {
            request.header("content-type", call.type());
        }
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        HttpResponse<byte[]> response = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        return List.of((long) response.statusCode(), response.headers().firstValue("content-type").orElse(""),
                new String(response.body(), StandardCharsets.ISO_8859_1));
    }

    private void assertTheSame(String handler, List<Call> calls) throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        ProcessBuilder builder = new ProcessBuilder(Jdk.running().java().toString(), "-XX:TieredStopAtLevel=1",
                "-cp", System.getProperty("java.class.path"), "karamon.server.Main").inheritIO();
        builder.environment().putAll(Map.of("KARAMON_HANDLER", handler, "KARAMON_HOST", "127.0.0.1", "PORT", Integer.toString(port),
                "KARAMON_MANAGEMENT_PORT", "0", "KARAMON_DRAIN_DELAY", "0"));
        Process server = builder.start();
        try {
            RuntimeProcess runtime = start(handler);
            for (Call call : calls) {
                List<Object> expected = onTheClient(runtime, api, call);
                while (server.isAlive() && !isListening(port)) {
                    Thread.onSpinWait();
                }
                assertEquals(expected, onTheServer(port, call), call.toString());
            }
        } finally {
            server.destroy();
            assertEquals(0, server.waitFor());
        }
    }

    private static boolean isListening(int port) {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void bodiesAreThoseOfAFunctionUrl() throws Exception {
        assertTheSame("example.core/echo", CALLS);
    }

    @Test
    void queriesAreThoseOfAFunctionUrl() throws Exception {
        assertTheSame("example.core/hello", GREETINGS);
    }
}
