package karamon.http;

import clojure.lang.AFn;
import clojure.lang.IKVReduce;
import clojure.lang.IMapIterable;
import clojure.lang.IPersistentMap;
import clojure.lang.IPersistentVector;
import clojure.lang.Keyword;
import clojure.lang.LazilyPersistentVector;
import clojure.lang.PersistentVector;
import java.util.Iterator;
import java.util.Map;
import karamon.json.Maps;

/**
 * The headers of a request.
 *
 * @param joined lower-case keyword to string, repeats joined
 * @param all lower-case keyword to a vector of all values, in order
 */
record Headers(IPersistentMap joined, IPersistentMap all) {
    static final Keyword COOKIE = Keyword.intern(null, "cookie");

    /**
     * Makes headers from the maps in an event.
     *
     * @param multi name to values; null or empty if the source sent {@code single} instead
     * @param single name to value; adds what {@code multi} lacks
     * @param cookies the cookies that an HTTP API sends instead of a cookie header, and a function URL in addition; null for none
     */
    static Headers of(IPersistentMap multi, IPersistentMap single, IPersistentVector cookies) {
        boolean both = multi != null && multi.count() > 0 && single != null;
        IPersistentMap sent = multi != null && multi.count() > 0 ? multi : single;
        Collector collector = new Collector((sent == null ? 0 : sent.count()) + (both ? single.count() : 0) + (cookies == null ? 0 : 1));
        if (sent != null) {
            ((IKVReduce) sent).kvreduce(collector, null);
        }
        if (both) {
            for (Object item : single) {
                Map.Entry<?, ?> entry = (Map.Entry<?, ?>) item;
                if (multi.valAt(entry.getKey()) == null || !collector.has((Keyword) entry.getKey())) {
                    collector.invoke(null, entry.getKey(), entry.getValue());
                }
            }
        }
        if (cookies != null && !collector.has(COOKIE)) {
            collector.addJoined(COOKIE, cookies);
        }
        return collector.headers();
    }

    /**
     * Returns whether a map has headers of all the names, in their order: API Gateway sends the same ones in both of its maps. False
     * if {@code map} is null.
     *
     * @param names of which the first {@code count} matter
     */
    static boolean hasNames(IPersistentMap map, String[] names, int count) {
        if (map == null || map.count() < count) {
            return false;
        }
        Iterator<?> keys = ((IMapIterable) map).keyIterator();
        int i = 0;
        while (i < count && keys.hasNext()) {
            i += keys.next() == HeaderKeys.LOWER.of(names[i]) ? 1 : 0;
        }
        return i == count;
    }

    /** Returns a header's value, null if it wasn't sent. */
    String get(Keyword name) {
        return (String) joined.valAt(name);
    }

    private static String join(IPersistentVector values, String separator) {
        StringBuilder joined = new StringBuilder();
        for (int i = 0; i < values.count(); i++) {
            joined.append(i == 0 ? "" : separator).append(values.nth(i));
        }
        return joined.toString();
    }

    private static final class Collector extends AFn {
        private final Object[] joined;
        private final Object[] all;
        private int length;

        Collector(int capacity) {
            joined = new Object[2 * capacity];
            all = new Object[2 * capacity];
        }

        @Override
        public Object invoke(Object accumulated, Object name, Object value) {
            if (value instanceof String text) {
                put(name, text, LazilyPersistentVector.createOwning(text));
            } else if (value instanceof IPersistentVector values) {
                add(name, values);
            } else if (value != null) {
                add(name, PersistentVector.create(value));
            }
            return accumulated;
        }

        void add(Object name, IPersistentVector values) {
            IPersistentVector strings = strings(values);
            if (strings.count() == 1) {
                put(name, (String) strings.nth(0), strings);
            } else if (strings.count() > 1) {
                put(name, join(strings, name == COOKIE ? "; " : ","), strings);
            }
        }

        void addJoined(Keyword name, IPersistentVector values) {
            IPersistentVector strings = strings(values);
            if (strings.count() > 0) {
                String text = join(strings, "; ");
                put(name, text, LazilyPersistentVector.createOwning(text));
            }
        }

        boolean has(Keyword name) {
            int i = 0;
            while (i < length && joined[i] != name) {
                i += 2;
            }
            return i < length;
        }

        private void put(Object name, String text, IPersistentVector values) {
            joined[length] = name;
            all[length++] = name;
            joined[length] = text;
            all[length++] = values;
        }

        // Nearly always returns the vector as sent. Drops nulls, and converts numbers and booleans to strings.
        private static IPersistentVector strings(IPersistentVector values) {
            int i = 0;
            while (i < values.count() && values.nth(i) instanceof String) {
                i++;
            }
            if (i == values.count()) {
                return values;
            }
            IPersistentVector strings = PersistentVector.EMPTY;
            for (i = 0; i < values.count(); i++) {
                strings = values.nth(i) == null ? strings : strings.cons(values.nth(i).toString());
            }
            return strings;
        }

        Headers headers() {
            return new Headers(Maps.of(joined, length), Maps.of(all, length));
        }
    }
}
