package karamon.http;

import clojure.lang.Keyword;

/** The services that send HTTP events. */
public enum Source {
    /** API Gateway REST API, and HTTP API with payload format 1.0. */
    REST("rest", Source.LAMBDA_BYTES),
    /** API Gateway HTTP API, payload format 2.0. */
    HTTP_API("http", Source.LAMBDA_BYTES),
    /** Lambda function URL. */
    FUNCTION_URL("function-url", Source.LAMBDA_BYTES),
    /** Application Load Balancer with a Lambda target. */
    ALB("alb", 1_048_576),
    /** API Gateway WebSocket API. */
    WEBSOCKET("websocket", Source.LAMBDA_BYTES);

    // The limit that Lambda's error for a too large reply names.
    private static final int LAMBDA_BYTES = 6_291_556;

    private final Keyword keyword;
    private final int replyBytes;

    Source(String name, int replyBytes) {
        this.keyword = Keyword.intern(null, name);
        this.replyBytes = replyBytes;
    }

    /**
     * Returns the name of this source in Clojure code.
     *
     * @return {@code :rest}, {@code :http}, {@code :function-url}, {@code :alb} or {@code :websocket}
     */
    public Keyword keyword() {
        return keyword;
    }

    /**
     * Returns the maximum size of a whole reply to this source.
     *
     * @return bytes of JSON
     */
    public int replyBytes() {
        return replyBytes;
    }

    /**
     * Returns the source that a keyword names.
     *
     * @param keyword such as {@code :rest}
     * @return the source, or null if no source has that name
     */
    public static Source of(Object keyword) {
        for (Source source : values()) {
            if (source.keyword == keyword) {
                return source;
            }
        }
        return null;
    }
}
