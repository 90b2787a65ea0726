package plain;

import java.util.Map;

/** A reply to a REST API. */
public final class Reply {
    public final int statusCode;
    public final Map<String, String> headers;
    public final String body;

    Reply(int statusCode, Map<String, String> headers, String body) {
        this.statusCode = statusCode;
        this.headers = headers;
        this.body = body;
    }
}
