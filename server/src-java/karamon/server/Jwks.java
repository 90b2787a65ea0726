package karamon.server;

import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import karamon.json.JsonReader;
import karamon.json.Keys;
import karamon.log.Log;
import karamon.runtime.OutputLogger;
import karamon.text.Shown;

/**
 * The keys that sign tokens (RFC 7517), from a file or a URL, by default the one in the issuer's OpenID configuration. They are read
 * for the first token and again after 5 minutes, or for a token with an unknown key. Safe for many threads.
 */
final class Jwks {
    private static final int MAX_BYTES = 1024 * 1024;
    private static final long MAX_AGE_MS = 300_000;
    // So that tokens can't make this server send a request each.
    private static final long RETRY_MS = 10_000;

    private final String issuer;
    private final String place;
    private final ReentrantLock reading = new ReentrantLock();
    private volatile List<Map<?, ?>> keys;
    private volatile long readAtMs;

    Jwks(String issuer, String place) {
        this.issuer = issuer;
        this.place = place;
    }

    /**
     * Returns the keys for a token. If they can't be read again, those read before stay in use. While one thread reads them, others
     * wait only for a key that isn't known.
     *
     * @throws IOException when they were never read
     */
    List<Map<?, ?>> keys(Jwt token) throws IOException {
        List<Map<?, ?>> known = keys;
        if (known != null && (!isDue(token, known) || token.isKnown(known) && reading.isLocked())) {
            return known;
        }
        try {
            reading.lockInterruptibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the request's time was up", e);
        }
        try {
            if (keys == null || isDue(token, keys)) {
                readAgain();
            }
            return keys;
        } finally {
            reading.unlock();
        }
    }

    private boolean isDue(Jwt token, List<Map<?, ?>> known) {
        long age = System.currentTimeMillis() - readAtMs;
        return age > MAX_AGE_MS || age > RETRY_MS && !token.isKnown(known);
    }

    private void readAgain() throws IOException {
        try {
            readAtMs = System.currentTimeMillis();
            keys = read();
        } catch (IOException | RuntimeException e) {
            if (keys == null) {
                throw new IOException("The keys of " + (place == null ? issuer : place) + " can't be read: " + e.getMessage(), e);
            }
            Log.ofTheProcess().report(OutputLogger.INSTANCE, LogLevel.WARN, "keys of tokens: the ones read before stay in use", null, e);
        }
    }

    private List<Map<?, ?>> read() throws IOException {
        String where = place != null ? place : discovered();
        byte[] bytes = where.matches("(?i)https?://.*") ? fetch(where) : Files.readAllBytes(Path.of(where));
        List<Map<?, ?>> found = new ArrayList<>();
        if (object(bytes).get("keys") instanceof List<?> list) {
            for (Object key : list) {
                if (key instanceof Map<?, ?> map) {
                    found.add(map);
                }
            }
        }
        if (found.isEmpty()) {
            throw new IOException(where + " must be a JWKS, an object with a list of keys");
        }
        return found;
    }

    // What the issuer names may be no file of this machine, nor less safe than the issuer's own URL.
    private String discovered() throws IOException {
        Object uri = object(fetch(issuer.replaceAll("/+$", "") + "/.well-known/openid-configuration")).get("jwks_uri");
        String expected = issuer.regionMatches(true, 0, "https:", 0, 6) ? "https" : "https?";
        if (uri instanceof String text && text.matches("(?i)" + expected + "://.*")) {
            return text;
        }
        throw new IOException("the OpenID configuration has the jwks_uri " + Shown.of(uri) + ", expected a URL with https");
    }

    private static Map<?, ?> object(byte[] json) throws IOException {
        if (JsonReader.read(json, Keys.STRINGS) instanceof Map<?, ?> map) {
            return map;
        }
        throw new IOException("it isn't a JSON object");
    }

    private static byte[] fetch(String url) throws IOException {
        HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).followRedirects(HttpClient.Redirect.NORMAL).build();
        try {
            HttpResponse<InputStream> response = client.send(
                    HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(10)).build(),
                    HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream in = response.body()) {
                byte[] bytes = in.readNBytes(MAX_BYTES + 1);
                if (response.statusCode() != 200 || bytes.length > MAX_BYTES) {
                    throw new IOException(url + " answered with status " + response.statusCode() + " and " + bytes.length + " bytes");
                }
                return bytes;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the request's time was up", e);
        }
    }
}
