package karamon.http;

import clojure.lang.IPersistentMap;
import clojure.lang.IPersistentVector;
import clojure.lang.LazilyPersistentVector;
import clojure.lang.PersistentVector;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import karamon.json.Keys;
import karamon.json.Maps;
import karamon.text.Percent;

/**
 * The query of a request.
 *
 * @param last keyword to the last value
 * @param all keyword to a vector of all values, in order
 * @param string the query string, encoded; null when there is none
 */
public record Query(IPersistentMap last, IPersistentMap all, String string) {
    private static final Query NONE = new Query(Maps.of(null, 0), Maps.of(null, 0), null);

    /**
     * Parses a raw query string, as HTTP APIs and function URLs send it.
     *
     * @param raw encoded; null or empty for none
     * @return a query
     */
    public static Query ofRaw(String raw) {
        if (raw == null || raw.isEmpty()) {
            return NONE;
        }
        Map<Object, IPersistentVector> values = new LinkedHashMap<>();
        for (int start = 0; start <= raw.length(); ) {
            int end = raw.indexOf('&', start);
            end = end < 0 ? raw.length() : end;
            if (end > start) {
                int equals = start;
                while (equals < end && raw.charAt(equals) != '=') {
                    equals++;
                }
                boolean bare = equals == end;
                String name = raw.substring(start, bare ? end : equals);
                add(values, name, bare ? "" : raw.substring(equals + 1, end), true);
            }
            start = end + 1;
        }
        return of(values, raw);
    }

    /**
     * Makes a query from the maps in an event. REST APIs decode names and values; load balancers send them as in the request.
     *
     * @param multi name to values; null or empty if the source sent {@code single} instead
     * @param single name to value
     * @param encoded whether names and values are still encoded
     */
    static Query ofMaps(IPersistentMap multi, IPersistentMap single, boolean encoded) {
        IPersistentMap sent = multi != null && multi.count() > 0 ? multi : single;
        if (sent == null || sent.count() == 0) {
            return NONE;
        }
        Map<Object, IPersistentVector> values = new LinkedHashMap<>();
        StringBuilder string = new StringBuilder();
        for (Object item : sent) {
            Map.Entry<?, ?> entry = (Map.Entry<?, ?>) item;
            String name = (String) entry.getKey();
            for (Object value : entry.getValue() instanceof IPersistentVector many ? (List<?>) many : one(entry.getValue())) {
                String text = value == null ? "" : value.toString();
                add(values, name, text, encoded);
                string.append(string.isEmpty() ? "" : "&")
                        .append(encoded ? name : Percent.encode(name))
                        .append('=')
                        .append(encoded ? text : Percent.encode(text));
            }
        }
        return of(values, string.toString());
    }

    private static List<?> one(Object value) {
        return PersistentVector.create(value);
    }

    private static void add(Map<Object, IPersistentVector> values, String name, String value, boolean encoded) {
        Object key = Keys.KEYWORDS.of(encoded ? Percent.decode(name, true) : name);
        String decoded = encoded ? Percent.decode(value, true) : value;
        IPersistentVector earlier = values.get(key);
        values.put(key, earlier == null ? LazilyPersistentVector.createOwning(decoded) : earlier.cons(decoded));
    }

    private static Query of(Map<Object, IPersistentVector> values, String string) {
        Object[] last = new Object[2 * values.size()];
        Object[] all = new Object[last.length];
        int length = 0;
        for (Map.Entry<Object, IPersistentVector> entry : values.entrySet()) {
            last[length] = entry.getKey();
            all[length++] = entry.getKey();
            last[length] = entry.getValue().peek();
            all[length++] = entry.getValue();
        }
        return new Query(Maps.of(last, length), Maps.of(all, length), string);
    }
}
