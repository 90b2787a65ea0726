package karamon.http;

import clojure.lang.Keyword;

/** The services that send HTTP events. */
public enum Source {
    /** API Gateway REST API. */
    REST("rest", Source.LAMBDA_BYTES),
    /** API Gateway HTTP API, payload format 2.0. */
    HTTP_API("http", Source.LAMBDA_BYTES),
    /** API Gateway HTTP API, payload format 1.0. */
    HTTP_API_1("http-1.0", Source.LAMBDA_BYTES),
    /** Lambda function URL. */
    FUNCTION_URL("function-url", Source.LAMBDA_BYTES),
    /** Application Load Balancer with a Lambda target. */
    ALB("alb", 1_048_576),
    /** VPC Lattice service, event structure V1 or V2. */
    LATTICE("lattice", Source.LAMBDA_BYTES),
    /** API Gateway WebSocket API. */
    WEBSOCKET("websocket", Source.LAMBDA_BYTES),
    /** Karamon's own HTTP server: an event in the form of a function URL's, whose context has {@code karamon}. */
    SERVER("server", 64 * 1024 * 1024);

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
     * @return {@code :rest}, {@code :http}, {@code :http-1.0}, {@code :function-url}, {@code :alb}, {@code :lattice},
     *     {@code :websocket} or {@code :server}
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
