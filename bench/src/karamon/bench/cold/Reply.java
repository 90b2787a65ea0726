package karamon.bench.cold;

import java.io.IOException;

/** The reply that every variant must give. */
final class Reply {
    private Reply() {}

    static void check(String reply) throws IOException {
        String plain = reply.replace("\\/", "/"); // some escape it, and need not
        if (!plain.contains("\"statusCode\":200") || !plain.contains("{\\\"hello\\\":\\\"hoge\\\"}") || !plain.contains("application/json")) {
            throw new IOException("Not the reply that was to come: " + reply);
        }
    }
}
