package karamon.event;

import clojure.lang.IPersistentMap;
import clojure.lang.IPersistentVector;
import clojure.lang.ITransientCollection;
import clojure.lang.Keyword;
import clojure.lang.PersistentVector;
import java.math.BigDecimal;
import java.util.Iterator;
import java.util.Map;
import karamon.json.KebabKeys;
import karamon.json.Keys;
import karamon.json.Maps;

/**
 * Says whether the keys at one place of an event, and at the places below it, are AWS's names or people's. Objects in an array
 * are at the place of the array. Safe for many threads.
 */
final class Names {
    /** Names chosen by people, here and below: kept as sent. */
    static final Names SENT = new Names(false, null, Map.of());
    /** AWS's own names, here and below: in kebab case. */
    static final Names AWS = new Names(true, null, Map.of());

    private final boolean aws;
    private final Names below;
    private final Map<String, Names> places;

    private Names(boolean aws, Names below, Map<String, Names> places) {
        this.aws = aws;
        this.below = below;
        this.places = places;
    }

    /** Returns AWS's own names, except below the names in {@code places}. */
    static Names aws(Map<String, Names> places) {
        return new Names(true, AWS, places);
    }

    /** Returns names chosen by people; the names below each of them are {@code below}. */
    static Names chosen(Names below) {
        return new Names(false, below, Map.of());
    }

    /**
     * Returns data with keywords for keys, from data with strings for keys.
     *
     * @param exact whether a {@code BigDecimal} stays one; else it becomes a {@code double}, if it is within its range
     */
    Object data(Object sent, boolean exact) {
        if (sent instanceof IPersistentMap map) {
            return map(map, exact);
        }
        if (sent instanceof IPersistentVector vector) {
            ITransientCollection items = PersistentVector.EMPTY.asTransient();
            for (Object item : (Iterable<?>) vector) {
                items = items.conj(data(item, exact));
            }
            return items.persistent();
        }
        return sent instanceof BigDecimal decimal && !exact && !Double.isInfinite(decimal.doubleValue()) ? decimal.doubleValue() : sent;
    }

    private IPersistentMap map(IPersistentMap sent, boolean exact) {
        Object[] pairs = new Object[2 * sent.count()];
        Iterator<?> entries = sent.iterator();
        for (int i = 0; i < pairs.length; i += 2) {
            Map.Entry<?, ?> entry = (Map.Entry<?, ?>) entries.next();
            String name = (String) entry.getKey();
            pairs[i] = key(name);
            pairs[i + 1] = under(name).data(entry.getValue(), exact);
        }
        // Two of AWS's names may become one key: the later one counts.
        return Maps.ofLast(pairs);
    }

    private Keyword key(String name) {
        return (Keyword) (aws ? KebabKeys.CONTEXT : Keys.KEYWORDS).of(name);
    }

    private Names under(String name) {
        Names place = places.get(name);
        return place != null ? place : below != null ? below : this;
    }
}
