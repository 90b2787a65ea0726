package karamon.server;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * CORS as an HTTP API does it: answers preflight requests, and replaces the CORS headers of functions. The local gateway uses this
 * class too. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 *
 * @param origins in which {@code *} is any text
 * @param maxAge seconds; empty for none
 */
public record Cors(
        List<String> origins, List<String> headers, List<String> methods, boolean credentials, List<String> expose, String maxAge) {
    static final List<String> KEYS = List.of(
            "allowedOrigins", "allowedHeaders", "allowedMethods", "allowCredentials", "exposedResponseHeaders", "maxAge");
    /** The allowed headers by default: Serverless's own. */
    public static final List<String> HEADERS = List.of(
            "Content-Type", "X-Amz-Date", "Authorization", "X-Api-Key", "X-Amz-Security-Token", "X-Amz-User-Agent", "X-Amzn-Trace-Id");
    private static final List<String> ANY = List.of("GET", "POST", "PUT", "PATCH", "OPTIONS", "HEAD", "DELETE");

    /**
     * Reads settings.
     *
     * @param value true or an object; null or false for none
     * @param methods for a setting without {@code allowedMethods}
     */
    static Cors of(String place, Object value, List<String> methods) {
        if (value == null || Boolean.FALSE.equals(value)) {
            return null;
        }
        Fields fields = Fields.of(place, Boolean.TRUE.equals(value) ? Map.of() : value, KEYS);
        int maxAge = fields.number("maxAge", -1, -1, 86_400);
        return new Cors(
                fields.texts("allowedOrigins", List.of("*")),
                fields.texts("allowedHeaders", HEADERS),
                fields.texts("allowedMethods", methods),
                fields.truth("allowCredentials"),
                fields.texts("exposedResponseHeaders", List.of()),
                maxAge < 0 ? "" : Integer.toString(maxAge));
    }

    /**
     * Returns the allowed methods by default.
     *
     * @param declared the methods of the routes, in upper case; {@code ANY} for every method
     * @return them and OPTIONS, each once
     */
    public static List<String> methods(List<String> declared) {
        Set<String> methods = new LinkedHashSet<>(List.of("OPTIONS"));
        declared.forEach(method -> methods.addAll(method.equals("ANY") ? ANY : List.of(method)));
        return List.copyOf(methods);
    }

    /**
     * Returns whether an origin is as a pattern says.
     *
     * @param pattern in which {@code *} is any text
     * @param origin of a request
     * @return whether all of it matches
     */
    public static boolean matches(String pattern, String origin) {
        return Pattern.matches("\\Q" + pattern.replace("\\E", "").replace("*", "\\E.+\\Q") + "\\E", origin);
    }

    static boolean isPreflight(Incoming request) {
        return request.method().equals("OPTIONS") && request.header("origin") != null
                && request.header("access-control-request-method") != null;
    }

    Reply preflight(Incoming request) {
        return new Reply(204, sent(List.of(), preflight(request.header("origin"))), new byte[0]);
    }

    Reply applied(Incoming request, Reply reply) {
        return new Reply(reply.status(), sent(reply.headers(), response(request.header("origin"))), reply.body());
    }

    private List<String> sent(List<String> headers, Map<String, String> own) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < headers.size(); i += 2) {
            if (!headers.get(i).toLowerCase(Locale.ROOT).startsWith("access-control-")) {
                all.addAll(headers.subList(i, i + 2));
            }
        }
        own.forEach((name, value) -> all.addAll(List.of(name, value)));
        // Caches must not give the answer for one origin to another, and not the answer without these headers either.
        if (!origins.contains("*")) {
            all.addAll(List.of("vary", "origin"));
        }
        return all;
    }

    /**
     * Returns the CORS headers of the answer to a preflight request.
     *
     * @param origin of the request; null for none
     * @return names in lower case; empty for an origin that isn't allowed
     */
    public Map<String, String> preflight(String origin) {
        return allowed(origin, Map.of(
                "access-control-allow-methods", String.join(",", methods),
                "access-control-allow-headers", String.join(",", headers),
                "access-control-max-age", maxAge));
    }

    /**
     * Returns the CORS headers of any other response; those of the function don't count.
     *
     * @param origin of the request; null for none
     * @return names in lower case; empty for an origin that isn't allowed
     */
    public Map<String, String> response(String origin) {
        return allowed(origin, Map.of("access-control-expose-headers", String.join(",", expose)));
    }

    private Map<String, String> allowed(String origin, Map<String, String> more) {
        if (origin == null || !origins.contains("*") && origins.stream().noneMatch(pattern -> matches(pattern, origin))) {
            return Map.of();
        }
        Map<String, String> all = new TreeMap<>(more);
        all.put("access-control-allow-origin", origins.contains("*") ? "*" : origin);
        all.put("access-control-allow-credentials", credentials ? "true" : "");
        all.values().removeIf(String::isEmpty);
        return all;
    }
}
