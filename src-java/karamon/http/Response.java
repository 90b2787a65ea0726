package karamon.http;

import clojure.lang.IPersistentMap;
import clojure.lang.Keyword;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import karamon.text.Nearest;
import karamon.text.Shown;

/** A response map, checked and normalized, before it is written for a source. */
final class Response {
    private static final Keyword STATUS = Keyword.intern(null, "status");
    private static final Keyword HEADERS = Keyword.intern(null, "headers");
    private static final Keyword COOKIES = Keyword.intern(null, "cookies");
    private static final Keyword BODY = Keyword.intern(null, "body");
    private static final int MAX_HEADERS = 8 * 1024 * 1024;
    // What a value takes in any reply, besides itself.
    private static final int AROUND_A_VALUE = 3;

    /** A header: its name as first spelled, and its values in order, at least one. */
    record Header(String name, List<String> values) {}

    final int status;
    /** Lower-case name to header; no cookies among them. */
    final Map<String, Header> headers = new LinkedHashMap<>();
    /** Values of Set-Cookie. */
    final List<String> cookies = new ArrayList<>();
    final Body body;
    /** The body if it is to be streamed, else null. */
    final StreamedBody streamed;
    private final int headerLimit;
    private int headerLength;

    /**
     * Reads a response map.
     *
     * @param limit the maximum size of a reply, in bytes
     * @param head whether the request was a HEAD, so that only the length of the body matters
     * @param stream whether the body is to be streamed, and so isn't read here
     * @throws BadResponse when the response is invalid
     */
    Response(Object value, int limit, boolean head, boolean stream) {
        if (!(value instanceof IPersistentMap map)) {
            throw new BadResponse("A gateway handler must return a map like {:status 200 :headers {} :body \"\"}, found "
                    + (value == null ? "nil" : "a " + value.getClass().getName()));
        }
        Object sent = map.valAt(BODY);
        try {
            checkKeys(map);
            headerLimit = Math.min(limit, MAX_HEADERS);
            status = status(map.valAt(STATUS));
            readHeaders(map.valAt(HEADERS));
            readCookies(map.valAt(COOKIES));
        } catch (BadResponse e) {
            Body.close(sent);
            throw e;
        }
        if (Body.isData(sent, header("content-type"))) {
            headers.putIfAbsent("content-type", new Header("content-type", List.of("application/json")));
        }
        Body whole = stream ? Body.NONE : Body.of(sent, header("content-type"), header("content-encoding"), limit);
        boolean bodiless = status == 204 || status == 304;
        String length = header("content-length");
        headers.remove("content-length");
        if (head && !bodiless && (whole != Body.NONE || length != null)) {
            String right = whole != Body.NONE ? Integer.toString(whole.bytes().length) : length;
            headers.put("content-length", new Header("content-length", List.of(right)));
        }
        body = head || bodiless ? Body.NONE : whole;
        streamed = stream ? StreamedBody.of(sent, header("content-type"), limit) : null;
        if (stream && (head || bodiless)) {
            streamed.close();
        }
    }

    /** Returns a header's first value, null if there is none. */
    private String header(String lowerCaseName) {
        Header header = headers.get(lowerCaseName);
        return header == null ? null : header.values().get(0);
    }

    // A misspelled key would be lost silently. Keys with a namespace belong to somebody else.
    private static void checkKeys(IPersistentMap map) {
        for (Object item : map) {
            Object key = ((Map.Entry<?, ?>) item).getKey();
            boolean known = key == STATUS || key == HEADERS || key == COOKIES || key == BODY;
            if (!known && !(key instanceof Keyword keyword && keyword.getNamespace() != null)) {
                throw new BadResponse("A response map has the keys :status, :headers, :cookies and :body, found "
                        + Shown.of(key) + "." + hint(key));
            }
        }
    }

    private static String hint(Object key) {
        String name = key instanceof Keyword keyword ? keyword.getName() : key instanceof String text ? text : "";
        return switch (name) {
            case "statusCode" -> " Did you mean :status?";
            case "multiValueHeaders" -> " Did you mean :headers?";
            default -> Nearest.hint(":" + name, List.of(":status", ":headers", ":cookies", ":body"));
        };
    }

    private static int status(Object status) {
        if (status == null) {
            return 200;
        }
        if ((status instanceof Long || status instanceof Integer)
                && ((Number) status).longValue() >= 200
                && ((Number) status).longValue() <= 599) {
            return ((Number) status).intValue();
        }
        throw new BadResponse("The :status must be a whole number from 200 to 599, found " + Shown.of(status));
    }

    private void readHeaders(Object sent) {
        if (sent == null) {
            return;
        }
        if (!(sent instanceof Map<?, ?> map)) {
            throw new BadResponse("The :headers must be a map, found " + Shown.of(sent));
        }
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            String name = HeaderRules.name(entry.getKey());
            String lower = name.toLowerCase(Locale.ROOT);
            if (!HeaderRules.isHopByHop(lower)) {
                addHeader(name, lower, entry.getValue());
            }
        }
    }

    private void addHeader(String name, String lower, Object value) {
        if (value instanceof Collection<?> many) {
            for (Object one : many) {
                addHeader(name, lower, one);
            }
        } else if (value != null && lower.equals("set-cookie")) {
            cookies.add(counted(HeaderRules.value(name, value)));
        } else if (value != null) {
            Header header = headers.get(lower);
            if (header == null) {
                header = new Header(name, new ArrayList<>(1));
                headers.put(lower, header);
            }
            header.values().add(counted(HeaderRules.value(name, value)));
        }
    }

    // The values of headers and cookies may be endless sequences.
    private String counted(String value) {
        headerLength += Math.min(value.length(), headerLimit) + AROUND_A_VALUE;
        if (headerLength > headerLimit) {
            throw new TooLarge(headerLimit);
        }
        return value;
    }

    private void readCookies(Object sent) {
        if (sent == null) {
            return;
        }
        if (!(sent instanceof Collection<?> many)) {
            throw new BadResponse("The :cookies must be a collection of Set-Cookie strings or maps, found " + Shown.of(sent));
        }
        for (Object cookie : many) {
            cookies.add(counted(SetCookie.of(cookie)));
        }
    }
}
