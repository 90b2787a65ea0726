package karamon.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Requests and replies that are rare, and what they must not do. */
class EdgesTest {
    private static Served served;

    @BeforeAll
    static void start() throws IOException {
        served = new Served("""
                {"routes": [
                  {"path": "/length", "handler": "shop.handlers/length"},
                  {"path": "/show", "handler": "shop.handlers/show"},
                  {"path": "/open", "handler": "shop.handlers/show", "cors": true},
                  {"path": "/cors", "handler": "shop.handlers/show", "cors": {"allowedOrigins": ["https://*.example"]}}]}""");
    }

    @AfterAll
    static void stop() throws IOException {
        served.close();
    }

    @Test
    void theManagementPortAnswersARequestWithoutAPath() throws IOException {
        for (String target : List.of("OPTIONS *", "CONNECT x:80", "GET http://x", "GET http://x?a")) {
            try (Socket socket = new Socket("127.0.0.1", served.server.managementPort())) {
                socket.getOutputStream().write((target + " HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
                String answer = new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
                assertTrue(answer.startsWith("HTTP/1.1 4"), target + ": " + answer);
            }
        }
    }

    @Test
    void answersThatDependOnTheOriginSaySo() throws Exception {
        for (String origin : new String[] {"https://a.example", "https://evil.test", null}) {
            HttpHeaders headers = (origin == null ? served.get("/cors") : served.get("/cors", "origin", origin)).headers();
            assertEquals("origin", headers.firstValue("vary").orElse(""), origin);
        }
        assertFalse(served.get("/open", "origin", "https://a.example").headers().firstValue("vary").isPresent());
    }

    @Test
    void anAnswerToHeadHasOneLength() throws IOException {
        Map<String, String> lengths = Map.of("is=7", "7", "is=abc", "0", "is=-1", "0", "is=99999999999999999999", "0", "is=7%2C8", "0", "is=7&body=ab", "2",
                "body=ab", "2");
        for (Map.Entry<String, String> length : lengths.entrySet()) {
            String answer = served.raw("HEAD /length?" + length.getKey() + " HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").toLowerCase(Locale.ROOT);
            assertTrue(answer.startsWith("http/1.1 200"), length + ": " + answer);
            assertEquals(1, answer.split("content-length: ", -1).length - 1, length + ": " + answer);
            assertTrue(answer.contains("content-length: " + length.getValue() + "\r\n"), length + ": " + answer);
        }
    }

    @Test
    void aBodyThatComesAfterTheAnswerTakesNoRoom() {
        Call call = new Call(null, null, null, null, null, null, false, null);
        assertTrue(call.keep(5));
        assertEquals(5, call.release());
        assertFalse(call.keep(5));
    }

    @Test
    void aFunctionThatNeverEndsCallingItselfFails() {
        assertEquals(1, Once.run(new Environment(Map.of("KARAMON_HANDLER", "shop.handlers/endless")), new String[0]));
    }

    @Test
    void aClientThatGoesAwayLeavesRoomForOthers() throws Exception {
        for (int i = 0; i < 5; i++) {
            try (Socket socket = served.connect()) {
                OutputStream out = socket.getOutputStream();
                out.write(("POST /show HTTP/1.1\r\nhost: x\r\ncontent-length: 6000000\r\n\r\n" + "a".repeat(100_000)).getBytes(StandardCharsets.US_ASCII));
                out.flush();
                socket.setSoLinger(true, 0);
            }
        }
        assertEquals(200, served.get("/show").statusCode());
    }
}
