package karamon.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JwksTest {
    private static final long HOUR_MS = 3_600_000;

    private final AtomicLong now = new AtomicLong(HOUR_MS);
    @TempDir
    private Path folder;

    private static Jwt token(String header) throws Exception {
        return Jwt.of(Tokens.encoded(header.getBytes(StandardCharsets.UTF_8)) + "." + Tokens.encoded(new byte[] {'{', '}'}) + ".AA");
    }

    private Path keys(String... keys) throws IOException {
        return Files.writeString(folder.resolve("jwks.json"), "{\"keys\": [" + String.join(", ", keys) + "]}");
    }

    private static HttpServer issuer(HttpHandler handler) throws IOException {
        HttpServer issuer = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        issuer.createContext("/", handler);
        issuer.start();
        return issuer;
    }

    private static String url(HttpServer issuer) {
        return "http://127.0.0.1:" + issuer.getAddress().getPort();
    }

    private static void send(HttpExchange exchange, String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    @Test
    void aWeakKeyHidesNoOther() throws Exception {
        KeyPair pair = Tokens.pair(2048);
        KeyPair weak = Tokens.pair(1024);
        Path file = keys("{\"kty\": \"RSA\", \"n\": 1}", Tokens.jwk(weak, null), Tokens.jwk(pair, null));
        Jwks jwks = new Jwks(null, file.toString(), now::get);
        Jwt good = Jwt.of(Tokens.token(pair, "{\"alg\": \"RS256\"}", "{}"));
        good.checkSignature(jwks.keys(good));
        Jwt bad = Jwt.of(Tokens.token(weak, "{\"alg\": \"RS256\"}", "{}"));
        String message = assertThrows(Jwt.Invalid.class, () -> bad.checkSignature(jwks.keys(bad))).getMessage();
        assertTrue(message.contains("1024 bits"), message);
    }

    @Test
    void keysThatCannotBeReadAgainAreUsedForAnHour() throws Exception {
        Path file = keys("{\"kty\": \"RSA\"}");
        Jwks jwks = new Jwks(null, file.toString(), now::get);
        Jwt jwt = token("{\"alg\": \"RS256\"}");
        assertEquals(1, jwks.keys(jwt).size());
        Files.delete(file);
        now.addAndGet(HOUR_MS - 1);
        assertEquals(1, jwks.keys(jwt).size());
        now.addAndGet(20_000);
        assertTrue(assertThrows(IOException.class, () -> jwks.keys(jwt)).getMessage().startsWith("The keys of " + file + " can't be read"));
        keys("{\"kty\": \"RSA\"}");
        now.addAndGet(20_000);
        assertEquals(1, jwks.keys(jwt).size());
    }

    @Test
    void aTokenWithAnUnknownKeyReadsTheKeysAgainButSeldom() throws Exception {
        keys("{\"kty\": \"RSA\", \"kid\": \"a\"}");
        Jwks jwks = new Jwks(null, folder.resolve("jwks.json").toString(), now::get);
        Jwt jwt = token("{\"alg\": \"RS256\", \"kid\": \"b\"}");
        assertEquals(1, jwks.keys(jwt).size());
        keys("{\"kty\": \"RSA\", \"kid\": \"a\"}", "{\"kty\": \"RSA\", \"kid\": \"b\"}");
        assertEquals(1, jwks.keys(jwt).size());
        now.addAndGet(20_000);
        assertEquals(2, jwks.keys(jwt).size());
    }

    @Test
    void keysOfAUrlAreReadAgainAfterFiveMinutes() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        String key = "{\"kty\": \"RSA\"}";
        HttpServer issuer = issuer(exchange ->
                send(exchange, "{\"keys\": [" + key + (", " + key).repeat(requests.getAndIncrement()) + "]}"));
        try {
            Jwks jwks = new Jwks(null, url(issuer), now::get);
            Jwt jwt = token("{\"alg\": \"RS256\"}");
            assertEquals(1, jwks.keys(jwt).size());
            now.addAndGet(300_000);
            assertEquals(1, jwks.keys(jwt).size());
            assertEquals(1, requests.get());
            now.addAndGet(1);
            while (jwks.keys(jwt).size() == 1) {
                Thread.onSpinWait();
            }
            assertEquals(2, requests.get());
        } finally {
            issuer.stop(0);
        }
    }

    @Test
    void thoseWhoWaitForAFailedReadingDoNotRepeatIt() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        CountDownLatch answer = new CountDownLatch(1);
        HttpServer issuer = issuer(exchange -> {
            requests.incrementAndGet();
            try {
                answer.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            now.addAndGet(15_000);
            exchange.sendResponseHeaders(500, -1);
            exchange.close();
        });
        try {
            Jwks jwks = new Jwks(null, url(issuer) + "/keys", now::get);
            Jwt jwt = token("{\"alg\": \"RS256\"}");
            List<CompletableFuture<List<?>>> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                CompletableFuture<List<?>> one = new CompletableFuture<>();
                all.add(one);
                new Thread(() -> {
                    try {
                        one.complete(jwks.keys(jwt));
                    } catch (IOException e) {
                        one.completeExceptionally(e);
                    }
                }).start();
            }
            while (requests.get() == 0) {
                Thread.onSpinWait();
            }
            answer.countDown();
            for (CompletableFuture<List<?>> one : all) {
                assertTrue(assertThrows(ExecutionException.class, one::get).getCause().getMessage().contains("status 500"));
            }
            assertEquals(1, requests.get());
        } finally {
            issuer.stop(0);
        }
    }

    @Test
    void anIssuerNamesNoFileForItsKeys() throws Exception {
        Path file = keys("{\"kty\": \"RSA\"}");
        HttpServer issuer = issuer(exchange -> send(exchange, "{\"jwks_uri\": \"" + file + "\"}"));
        try {
            Jwt jwt = token("{\"alg\": \"RS256\"}");
            Jwks jwks = new Jwks(url(issuer), null, now::get);
            String message = assertThrows(IOException.class, () -> jwks.keys(jwt)).getMessage();
            assertTrue(message.contains("expected a URL with https"), message);
        } finally {
            issuer.stop(0);
        }
    }

    @Test
    void oneOfManyMessagesPassesInAPeriod() {
        Seldom seldom = new Seldom(10);
        assertEquals(0, seldom.pass(1000));
        assertEquals(-1, seldom.pass(1001));
        assertEquals(-1, seldom.pass(1009));
        assertEquals(2, seldom.pass(1010));
        assertEquals(0, seldom.pass(2000));
    }
}
