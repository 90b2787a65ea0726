package karamon.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Clients that send malformed, huge or endless requests: others are still served. */
class HostileClientsTest {
    private static final String ROUTES = "{\"routes\": [{\"path\": \"/show\", \"handler\": \"shop.handlers/show\"}]}";
    private static Served served;

    @BeforeAll
    static void start() throws IOException {
        served = new Served(ROUTES, "KARAMON_REQUEST_TIMEOUT", "20", "KARAMON_MAX_BODY", "1000", "KARAMON_MAX_CONCURRENT", "4");
    }

    @AfterAll
    static void stop() throws IOException {
        served.close();
    }

    @Test
    void requestsWithTwoLengthsAreRefusedAndTheConnectionClosed() throws IOException {
        String after = "GET /show HTTP/1.1\r\nhost: x\r\n\r\n";
        for (String shape : List.of(
                "content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
                "content-length: 5\r\ncontent-length: 6\r\n\r\nabcdef",
                "content-length: +5\r\n\r\nabcde",
                "transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
                "transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
                "transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
                "a: b\r\n c\r\n\r\n")) {
            String answer = served.raw("POST /show HTTP/1.1\r\nhost: x\r\n" + shape + after);
            assertTrue(answer.startsWith("HTTP/1.1 400") || answer.startsWith("HTTP/1.1 501"), shape + answer);
            assertEquals(1, answer.split("HTTP/1.1 ", -1).length - 1, shape + answer);
        }
    }

    @Test
    void hugeHeadersAreRefused() throws IOException {
        assertTrue(served.raw("GET /show HTTP/1.1\r\nhost: x\r\na: " + "b".repeat(40_000) + "\r\n\r\n").startsWith("HTTP/1.1 431"));
    }

    @Test
    void slowClientsDoNotKeepOthersWaiting() throws Exception {
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 300; i++) {
                slow.add(served.connect());
                slow.get(i).getOutputStream().write("POST /show HTTP/1.1\r\nhost: x\r\ncontent-len".getBytes(StandardCharsets.US_ASCII));
            }
            assertEquals(200, served.get("/show").statusCode());
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    @Test
    void http2IsServedAndRapidResetsAreBounded() throws Exception {
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
        HttpResponse<String> response = client.send(HttpRequest.newBuilder(served.uri("/show?a=b")).build(), HttpResponse.BodyHandlers.ofString());
        assertEquals(HttpClient.Version.HTTP_2, response.version());
        assertTrue(response.body().contains("\"query\":{\"a\":\"b\"}"), response.body());
        boolean closed = true;
        try (Socket socket = served.connect()) {
            // Less than the time after which an idle connection is closed.
            socket.setSoTimeout(10_000);
            var out = socket.getOutputStream();
            out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            out.write(new byte[] {0, 0, 0, 4, 0, 0, 0, 0, 0});
            for (int stream = 1; stream < 40_000; stream += 2) {
                byte high = (byte) (stream >> 8);
                out.write(new byte[] {0, 0, 6, 1, 5, 0, 0, high, (byte) stream, (byte) 0x82, (byte) 0x86, (byte) 0x84, 0x41, 1, 'x'});
                out.write(new byte[] {0, 0, 4, 3, 0, 0, 0, high, (byte) stream, 0, 0, 0, 8});
            }
            socket.getInputStream().readAllBytes();
        } catch (SocketTimeoutException e) {
            closed = false;
        } catch (IOException e) {
            // The server closed the connection before it had read all.
        }
        assertTrue(closed, "the server keeps a connection that resets 20,000 streams");
        assertEquals(200, served.get("/show").statusCode());
    }
}
