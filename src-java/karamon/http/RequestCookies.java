package karamon.http;

import clojure.lang.IPersistentMap;
import java.util.LinkedHashMap;
import java.util.Map;
import karamon.json.Maps;

/** The cookies of a request, name to value. If a name comes twice, the first counts: it has the longer path (RFC 6265). */
public final class RequestCookies {
    private RequestCookies() {}

    /**
     * Parses the cookies of a header.
     *
     * @param header the value of {@code cookie}; null for none
     * @return string to string
     * @throws karamon.json.CollidingKeys when too many names have the same hash
     */
    public static IPersistentMap of(String header) {
        if (header == null) {
            return Maps.of(null, 0);
        }
        Map<String, String> cookies = new LinkedHashMap<>();
        for (int start = 0; start < header.length(); ) {
            int end = header.indexOf(';', start);
            end = end < 0 ? header.length() : end;
            int equals = start;
            while (equals < end && header.charAt(equals) != '=') {
                equals++;
            }
            if (equals < end) {
                String name = header.substring(start, equals).strip();
                cookies.putIfAbsent(name, unquote(header.substring(equals + 1, end).strip()));
            }
            start = end + 1;
        }
        Object[] pairs = new Object[2 * cookies.size()];
        int length = 0;
        for (Map.Entry<String, String> cookie : cookies.entrySet()) {
            pairs[length++] = cookie.getKey();
            pairs[length++] = cookie.getValue();
        }
        return Maps.of(pairs, length);
    }

    private static String unquote(String value) {
        boolean quoted = value.length() > 1 && value.charAt(0) == '"' && value.charAt(value.length() - 1) == '"';
        return quoted ? value.substring(1, value.length() - 1) : value;
    }
}
