package karamon.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

class ServerTest {
    private static final String ROUTES = """
            {"routes": [
              {"path": "/show/{id}/{rest+}", "handler": "shop.handlers/show", "timeout": 7},
              {"path": "/show", "handler": "shop.handlers/show"},
              {"path": "/slow", "handler": "shop.handlers/slow"},
              {"path": "/late", "handler": "shop.handlers/slow", "timeout": 1},
              {"path": "/drip", "handler": "shop.handlers/drip"},
              {"path": "/fail", "handler": "shop.handlers/fail"},
              {"path": "/data", "handler": "shop.handlers/data"},
              {"method": "GET", "path": "/cors", "handler": "shop.handlers/show",
               "cors": {"allowedOrigins": ["https://*.example"], "allowCredentials": true, "maxAge": 60}}]}""";
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
    void aRequestBecomesARequestMapOfTheSourceServer() throws Exception {
        HttpResponse<String> response = served.get("/show/%E5%A4%AA/a%2Fb/c?x=1&x=2", "cookie", "a=b; c=d",
                "traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "x-forwarded-for", "192.0.2.1");
        String body = response.body();
        assertEquals(200, response.statusCode());
        assertTrue(body.contains("\"source\":\"server\""), body);
        assertTrue(body.contains("\"path\":\"/show/%E5%A4%AA/a%2Fb/c\""), body);
        assertTrue(body.contains("\"path-parameters\":{\"id\":\"太\",\"rest\":\"a/b/c\"}"), body);
        assertTrue(body.contains("\"request-id\":\"4bf92f3577b34da6a3ce929d0e0e4736\""), body);
        assertTrue(body.contains("\"cookies\":{\"a\":\"b\",\"c\":\"d\"}"), body);
        assertTrue(body.contains("\"client-ip\":\"127.0.0.1\"") && body.contains("\"forwarded\":null"), body);
        assertTrue(body.contains("\"scheme\":\"http\""), body);
    }

    @Test
    void aBodyWithinTheLimitArrivesAndALargerOneIsRefused() throws Exception {
        assertTrue(post(new byte[1000]).body().contains("\"size\":1000"));
        assertEquals(413, post(new byte[1001]).statusCode());
        assertTrue(served.raw("POST /show HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
                + ("100\r\n" + "a".repeat(256) + "\r\n").repeat(5) + "0\r\n\r\n").startsWith("HTTP/1.1 413"));
    }

    private static HttpResponse<String> post(byte[] body) throws IOException, InterruptedException {
        return Served.send(HttpRequest.newBuilder(served.uri("/show")).POST(HttpRequest.BodyPublishers.ofByteArray(body)));
    }

    @Test
    void aFunctionThatTakesTooLongIsAnsweredWith504() throws Exception {
        assertEquals(504, served.get("/late?ms=15000").statusCode());
    }

    @Test
    void aRequestThatHasJustComeHasTime() {
        assertFalse(new Call(null, null, null, null, null, null, false, null).expire(System.currentTimeMillis()));
    }

    @Test
    void aBodyThatDoesNotArriveIsAnsweredWith408() throws Exception {
        try (Served impatient = new Served(ROUTES, "KARAMON_REQUEST_TIMEOUT", "1")) {
            assertTrue(impatient.raw("POST /show HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc").startsWith("HTTP/1.1 408"));
        }
    }

    @Test
    void beyondTheLimitOfConcurrencyRequestsAreRefusedAndLaterServed() throws Exception {
        List<CompletableFuture<HttpResponse<String>>> all = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            all.add(Served.CLIENT.sendAsync(HttpRequest.newBuilder(served.uri("/slow?ms=500")).build(), HttpResponse.BodyHandlers.ofString()));
        }
        int refused = 0;
        int answered = 0;
        for (CompletableFuture<HttpResponse<String>> one : all) {
            HttpResponse<String> response = one.get();
            if (response.statusCode() == 503) {
                assertEquals("1", response.headers().firstValue("retry-after").orElse(""));
                refused++;
            } else {
                assertEquals(200, response.statusCode());
                answered++;
            }
        }
        assertTrue(answered >= 4 && refused > 0, answered + " answered, " + refused + " refused");
        assertEquals(200, served.get("/slow?ms=1").statusCode());
        assertTrue(served.managed("/metrics").body().contains("karamon_http_requests_refused_total " + refused + "\n"));
    }

    @Test
    void aStreamArrivesAsItIsMade() throws Exception {
        try (Socket socket = served.connect()) {
            socket.getOutputStream().write("GET /drip HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            StringBuilder read = new StringBuilder();
            while (!read.toString().contains("0\n")) {
                read.append((char) in.read());
            }
            assertFalse(read.toString().contains("2\n"));
            assertTrue(new String(in.readAllBytes(), StandardCharsets.US_ASCII).contains("2\n"));
        }
    }

    @Test
    void failuresAndMissingRoutesAreAnsweredLikeAnHttpApi() throws Exception {
        assertEquals(500, served.get("/fail").statusCode());
        assertEquals("{\"message\":\"Not Found\"}", served.get("/nowhere").body());
        assertEquals("{\"got\":\"/data\"}", served.get("/data").body());
    }

    @Test
    void corsIsAnsweredByTheServer() throws Exception {
        HttpResponse<String> preflight = Served.send(
                HttpRequest.newBuilder(served.uri("/cors")).method("OPTIONS", HttpRequest.BodyPublishers.noBody()),
                "origin", "https://shop.example", "access-control-request-method", "GET");
        assertEquals(204, preflight.statusCode());
        assertEquals("https://shop.example", preflight.headers().firstValue("access-control-allow-origin").orElse(""));
        assertEquals("60", preflight.headers().firstValue("access-control-max-age").orElse(""));
        assertEquals("true", served.get("/cors", "origin", "https://a.example").headers().firstValue("access-control-allow-credentials").orElse(""));
        assertTrue(served.get("/cors", "origin", "https://evil.test").headers().firstValue("access-control-allow-origin").isEmpty());
    }

    @Test
    void headersThatHttpDoesNotAllowFail() {
        for (String headers : List.of("{\"x-a\": \"1\\r\\nx-b: 2\"}", "{\"x-a\\r\\nx-b\": \"1\"}", "{\"\": \"1\"}")) {
            assertThrows(IOException.class, () -> Reply.of(("{\"statusCode\": 200, \"headers\": " + headers + "}").getBytes(StandardCharsets.UTF_8)));
        }
    }

    @Test
    void anIpv6AddressHasNoBrackets() {
        assertEquals("2001:db8::1", Incoming.address("[2001:db8::1]"));
        assertEquals("fe80::1", Incoming.address("[fe80::1%eth0]"));
        assertTrue(Forwarded.of("fd00::/8").trusts(Incoming.address("[fd00::1]")));
    }

    @Test
    void theManagementPortNamesRoutesAndNeverPaths() throws Exception {
        served.get("/show/secret-1/x");
        served.get("/not-a-route-2");
        String metrics = served.managed("/metrics").body();
        assertTrue(metrics.contains("karamon_http_requests_total{route=\"ANY /show/{id}/{rest+}\",status=\"2xx\"} "), metrics);
        assertFalse(metrics.contains("secret-1") || metrics.contains("not-a-route"), metrics);
        for (String line : metrics.split("\n")) {
            assertTrue(line.matches("# (HELP|TYPE) \\S+ .+|[a-z_]+(\\{[a-z]+=\"[^\"]*\"(,[a-z]+=\"[^\"]*\")*\\})? [0-9.E-]+"), line);
        }
        assertEquals(200, served.managed("/livez").statusCode());
        assertEquals(200, served.managed("/readyz").statusCode());
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_21)
    void handlersRunOnVirtualThreads() throws Exception {
        try (Served virtual = new Served(ROUTES, "KARAMON_VIRTUAL_THREADS", "true")) {
            assertEquals(200, virtual.get("/slow?ms=1").statusCode());
        }
    }

    @Test
    void anAnswerToHeadHasTheLengthAndNoBody() throws IOException {
        String answer = served.raw("HEAD /data HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        assertTrue(answer.startsWith("HTTP/1.1 200") && answer.endsWith("\r\n\r\n"), answer);
        String shown = served.raw("HEAD /show HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        assertTrue(shown.matches("(?is)HTTP/1.1 200.*content-length: [1-9][0-9]*\r\n.*\r\n\r\n"), shown);
    }
}
