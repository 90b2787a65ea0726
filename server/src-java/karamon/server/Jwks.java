package karamon.server;

import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import karamon.json.JsonReader;
import karamon.json.Keys;
import karamon.log.Log;
import karamon.runtime.OutputLogger;
import karamon.text.Shown;

/**
 * The keys that sign tokens (RFC 7517), from a file or a URL, by default the one in the issuer's OpenID configuration. They are read
 * for the first token, in the background again after 5 minutes, and for a token with an unknown key. Keys that can't be read again
 * stay in use for an hour: a withdrawn one must not be valid for ever. The local gateway uses this class too, without that limit.
 * Safe for many threads.
 */
public final class Jwks {
    private static final int MAX_BYTES = 1024 * 1024;
    private static final long FRESH_MS = 300_000;
    private static final long MAX_AGE_MS = 3_600_000;
    // So that tokens can't make this server send a request each.
    private static final long RETRY_MS = 10_000;
    private static final long WAIT_MS = 1_000;
    private static final long FIRST_WAIT_MS = 30_000;

    private final String issuer;
    private final String place;
    private final long maxAgeMs;
    private final LongSupplier clock;
    private final Consumer<IOException> report;
    private final ReentrantLock reading = new ReentrantLock();
    private final AtomicBoolean refreshing = new AtomicBoolean();
    private volatile State state = new State(null, 0, null, 0);

    /**
     * What was read.
     *
     * @param keys null if they were never read
     * @param failure of the last try; null if it succeeded
     */
    private record State(List<Map<?, ?>> keys, long readAtMs, Exception failure, long triedAtMs) {}

    /** Makes one for an issuer, with a {@code place} or null, whose {@code clock} returns milliseconds. */
    Jwks(String issuer, String place, LongSupplier clock) {
        this(issuer, place, MAX_AGE_MS, clock, e -> Log.ofTheProcess().report(
                OutputLogger.INSTANCE, LogLevel.WARN, "keys of tokens: the ones read before stay in use", null, e));
    }

    /**
     * Makes one whose keys stay in use until others can be read.
     *
     * @param place a file or a URL
     * @param report gets why keys can't be read again
     */
    public Jwks(String place, Consumer<IOException> report) {
        this(null, place, Long.MAX_VALUE, System::currentTimeMillis, report);
    }

    private Jwks(String issuer, String place, long maxAgeMs, LongSupplier clock, Consumer<IOException> report) {
        this.issuer = issuer;
        this.place = place;
        this.maxAgeMs = maxAgeMs;
        this.clock = clock;
        this.report = report;
    }

    /**
     * Returns the keys for a token.
     *
     * @param token decides whether they have to be read again
     * @return the keys, with texts as keys of each
     * @throws IOException when they were never read, or too long ago
     */
    public List<Map<?, ?>> keys(Jwt token) throws IOException {
        State now = state;
        if (isUsable(now) && token.isKnown(now.keys())) {
            if (clock.getAsLong() - now.readAtMs() > FRESH_MS && isDue(now) && refreshing.compareAndSet(false, true)) {
                Thread thread = new Thread(this::refresh, "jwks");
                thread.setDaemon(true);
                thread.start();
            }
            return now.keys();
        }
        if (isDue(now)) {
            readUnlessAnotherDoes(isUsable(now) ? WAIT_MS : FIRST_WAIT_MS);
        }
        return usable(state);
    }

    /**
     * Reads the keys now.
     *
     * @throws IOException when that fails, and there are no earlier ones
     */
    public void load() throws IOException {
        reading.lock();
        try {
            readAgain();
        } finally {
            reading.unlock();
        }
        usable(state);
    }

    // Of those who wait for a reading, none repeats it. Tokens with unknown keys may not occupy threads for long.
    private void readUnlessAnotherDoes(long waitMs) throws IOException {
        try {
            if (!reading.tryLock(waitMs, TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the request's time was up", e);
        }
        try {
            if (isDue(state)) {
                readAgain();
            }
        } finally {
            reading.unlock();
        }
    }

    private void refresh() {
        try {
            readUnlessAnotherDoes(WAIT_MS);
        } catch (IOException e) {
            // Only an interrupted thread gets here: the next token tries again.
        } finally {
            refreshing.set(false);
        }
    }

    private boolean isUsable(State now) {
        return now.keys() != null && clock.getAsLong() - now.readAtMs() <= maxAgeMs;
    }

    private boolean isDue(State now) {
        return now.triedAtMs() == 0 || clock.getAsLong() - now.triedAtMs() > RETRY_MS;
    }

    private List<Map<?, ?>> usable(State now) throws IOException {
        if (isUsable(now)) {
            return now.keys();
        }
        throw unreadable(now.failure());
    }

    private IOException unreadable(Exception e) {
        String why = e == null ? "it takes too long" : e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return new IOException("The keys of " + (place == null ? issuer : place) + " can't be read: " + why, e);
    }

    private void readAgain() {
        try {
            List<Map<?, ?>> keys = read();
            state = new State(keys, clock.getAsLong(), null, clock.getAsLong());
        } catch (IOException | RuntimeException e) {
            state = new State(state.keys(), state.readAtMs(), e, clock.getAsLong());
            if (isUsable(state)) {
                report.accept(unreadable(e));
            }
        }
    }

    private List<Map<?, ?>> read() throws IOException {
        String where = place != null ? place : discovered();
        byte[] bytes = where.matches("(?i)https?://.*") ? fetch(where) : limited(new FileInputStream(where));
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
            byte[] bytes = limited(response.body());
            if (response.statusCode() != 200) {
                throw new IOException(url + " answered with status " + response.statusCode());
            }
            return bytes;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the request's time was up", e);
        }
    }

    private static byte[] limited(InputStream in) throws IOException {
        try (in) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new IOException("it has more than " + MAX_BYTES + " bytes");
            }
            return bytes;
        }
    }
}
