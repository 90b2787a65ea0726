package karamon.bench.cold;

import java.io.IOException;

/** The reply that every variant must give. */
final class Reply {
    private Reply() {}

    static void check(String reply) throws IOException {
        String plain = reply.replace("\\/", "/"); // Some variants escape slashes.
        if (!plain.contains("\"statusCode\":200") || !plain.contains("{\\\"hello\\\":\\\"hoge\\\"}") || !plain.contains("application/json")) {
            throw new IOException("Unexpected reply: " + reply);
        }
    }
}
