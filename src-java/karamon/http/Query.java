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
     * @throws karamon.json.CollidingKeys when too many names have the same hash
     */
    public static Query ofRaw(String raw) {
        if (raw == null || raw.isEmpty()) {
            return NONE;
        }
        Map<String, IPersistentVector> values = new LinkedHashMap<>();
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
     * @param single name to value; adds what {@code multi} lacks
     * @param encoded whether names and values are still encoded
     */
    static Query ofMaps(IPersistentMap multi, IPersistentMap single, boolean encoded) {
        Map<String, IPersistentVector> values = new LinkedHashMap<>();
        StringBuilder string = new StringBuilder();
        addAll(values, string, multi, null, encoded);
        addAll(values, string, single, multi, encoded);
        return values.isEmpty() ? NONE : of(values, string.toString());
    }

    private static void addAll(
            Map<String, IPersistentVector> values, StringBuilder string, IPersistentMap sent, IPersistentMap earlier, boolean encoded) {
        if (sent == null || sent.count() == 0) {
            return;
        }
        for (Object item : sent) {
            Map.Entry<?, ?> entry = (Map.Entry<?, ?>) item;
            String name = (String) entry.getKey();
            if (earlier != null && isSent(earlier.valAt(name))) {
                continue;
            }
            for (Object value : entry.getValue() instanceof IPersistentVector many ? (List<?>) many : one(entry.getValue())) {
                String text = value == null ? "" : value.toString();
                add(values, name, text, encoded);
                string.append(string.isEmpty() ? "" : "&")
                        .append(encoded ? name : Percent.encode(name))
                        .append('=')
                        .append(encoded ? text : Percent.encode(text));
            }
        }
    }

    private static boolean isSent(Object values) {
        return values instanceof IPersistentVector many ? many.count() > 0 : values != null;
    }

    /**
     * Makes a query of a request's target. VPC Lattice's proxy, Envoy, puts the whole target into the path, and doesn't decode what it
     * puts into the map: https://github.com/envoyproxy/envoy/blob/main/source/extensions/filters/http/aws_lambda/aws_lambda_filter.cc
     *
     * @param target a path, with or without a query; may be null
     * @param map name to value or values, for a target without a query; null for none
     */
    static Query ofTarget(String target, IPersistentMap map) {
        int query = target == null ? -1 : target.indexOf('?');
        return query < 0 ? ofMaps(null, map, true) : ofRaw(target.substring(query + 1));
    }

    /** Returns the path of a request's target. */
    static String before(String target) {
        int query = target.indexOf('?');
        return query < 0 ? target : query == 0 ? "/" : target.substring(0, query);
    }

    private static List<?> one(Object value) {
        return PersistentVector.create(value);
    }

    private static void add(Map<String, IPersistentVector> values, String name, String value, boolean encoded) {
        String key = encoded ? Percent.decode(name, true) : name;
        String decoded = encoded ? Percent.decode(value, true) : value;
        IPersistentVector earlier = values.get(key);
        values.put(key, earlier == null ? LazilyPersistentVector.createOwning(decoded) : earlier.cons(decoded));
    }

    private static Query of(Map<String, IPersistentVector> values, String string) {
        Object[] last = new Object[2 * values.size()];
        Object[] all = new Object[last.length];
        int length = 0;
        for (Map.Entry<String, IPersistentVector> entry : values.entrySet()) {
            Object key = Keys.KEYWORDS.of(entry.getKey());
            last[length] = key;
            all[length++] = key;
            last[length] = entry.getValue().peek();
            all[length++] = entry.getValue();
        }
        return new Query(Maps.of(last, length), Maps.of(all, length), string);
    }
}
