package karamon.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * CORS as an HTTP API does it: answers preflight requests, and replaces the CORS headers of functions.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 *
 * @param origins in which {@code *} is any text
 * @param maxAge seconds; -1 for none
 */
record Cors(List<String> origins, List<String> headers, List<String> methods, boolean credentials, List<String> expose, int maxAge) {
    static final List<String> KEYS = List.of(
            "allowedOrigins", "allowedHeaders", "allowedMethods", "allowCredentials", "exposedResponseHeaders", "maxAge");
    // Serverless's own.
    private static final List<String> DEFAULT_HEADERS = List.of(
            "Content-Type", "X-Amz-Date", "Authorization", "X-Api-Key", "X-Amz-Security-Token", "X-Amz-User-Agent", "X-Amzn-Trace-Id");

    /**
     * Reads settings.
     *
     * @param value true or an object; null or false for none
     * @param declared the methods of the routes, for a setting without {@code allowedMethods}
     */
    static Cors of(String place, Object value, List<String> declared) {
        if (value == null || Boolean.FALSE.equals(value)) {
            return null;
        }
        Fields fields = Fields.of(place, Boolean.TRUE.equals(value) ? Map.of() : value, KEYS);
        return new Cors(
                fields.texts("allowedOrigins", List.of("*")),
                fields.texts("allowedHeaders", DEFAULT_HEADERS),
                fields.texts("allowedMethods", declared),
                fields.truth("allowCredentials"),
                fields.texts("exposedResponseHeaders", List.of()),
                fields.number("maxAge", -1, -1, 86_400));
    }

    static boolean isPreflight(Incoming request) {
        return request.method().equals("OPTIONS") && request.header("origin") != null
                && request.header("access-control-request-method") != null;
    }

    Reply preflight(Incoming request) {
        List<String> sent = new ArrayList<>();
        String origin = origin(request.header("origin"));
        if (origin != null) {
            addOrigin(sent, origin);
            add(sent, "access-control-allow-methods", String.join(",", methods));
            add(sent, "access-control-allow-headers", String.join(",", headers));
            add(sent, "access-control-max-age", maxAge < 0 ? "" : Integer.toString(maxAge));
        }
        addVary(sent);
        return new Reply(204, sent, new byte[0]);
    }

    Reply applied(Incoming request, Reply reply) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < reply.headers().size(); i += 2) {
            if (!reply.headers().get(i).toLowerCase(Locale.ROOT).startsWith("access-control-")) {
                all.add(reply.headers().get(i));
                all.add(reply.headers().get(i + 1));
            }
        }
        String origin = origin(request.header("origin"));
        if (origin != null) {
            addOrigin(all, origin);
            add(all, "access-control-expose-headers", String.join(",", expose));
        }
        addVary(all);
        return new Reply(reply.status(), all, reply.body());
    }

    private void addOrigin(List<String> to, String origin) {
        add(to, "access-control-allow-origin", origin);
        add(to, "access-control-allow-credentials", credentials ? "true" : "");
    }

    // Caches must not give the answer for one origin to another, and not the answer without these headers either.
    private void addVary(List<String> to) {
        add(to, "vary", origins.contains("*") ? "" : "origin");
    }

    private static void add(List<String> to, String name, String value) {
        if (!value.isEmpty()) {
            to.add(name);
            to.add(value);
        }
    }

    private String origin(String sent) {
        if (sent == null || origins.contains("*")) {
            return sent == null ? null : "*";
        }
        for (String allowed : origins) {
            if (Pattern.matches("\\Q" + allowed.replace("\\E", "").replace("*", "\\E.+\\Q") + "\\E", sent)) {
                return sent;
            }
        }
        return null;
    }
}
