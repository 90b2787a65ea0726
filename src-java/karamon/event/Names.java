package karamon.event;

import clojure.lang.IPersistentMap;
import clojure.lang.IPersistentVector;
import clojure.lang.ITransientCollection;
import clojure.lang.Keyword;
import clojure.lang.PersistentVector;
import java.util.Iterator;
import java.util.Map;
import karamon.json.KebabKeys;
import karamon.json.Keys;
import karamon.json.Maps;

/**
 * Whose names the keys are at one place of an event, and at the places below it. Objects in an array stand at the place of
 * the array. Safe for many threads.
 */
final class Names {
    /** Names that people chose, and whatever is below: as sent. */
    static final Names SENT = new Names(false, null, Map.of());
    /** AWS's own names, and whatever is below: in kebab case. */
    static final Names AWS = new Names(true, null, Map.of());

    private final boolean aws;
    private final Names below;
    private final Map<String, Names> places;

    private Names(boolean aws, Names below, Map<String, Names> places) {
        this.aws = aws;
        this.below = below;
        this.places = places;
    }

    /** Returns AWS's own names, but for what is below the names that {@code places} has. */
    static Names aws(Map<String, Names> places) {
        return new Names(true, AWS, places);
    }

    /** Returns names that people chose, each for something whose names are {@code below}. */
    static Names chosen(Names below) {
        return new Names(false, below, Map.of());
    }

    /** Returns data with keywords for keys, from the same data as it was sent, with strings. */
    Object data(Object sent) {
        if (sent instanceof IPersistentMap map) {
            return map(map);
        }
        if (sent instanceof IPersistentVector vector) {
            ITransientCollection items = PersistentVector.EMPTY.asTransient();
            for (Object item : (Iterable<?>) vector) {
                items = items.conj(data(item));
            }
            return items.persistent();
        }
        return sent;
    }

    private IPersistentMap map(IPersistentMap sent) {
        Object[] pairs = new Object[2 * sent.count()];
        Iterator<?> entries = sent.iterator();
        for (int i = 0; i < pairs.length; i += 2) {
            Map.Entry<?, ?> entry = (Map.Entry<?, ?>) entries.next();
            String name = (String) entry.getKey();
            pairs[i] = key(name);
            pairs[i + 1] = under(name).data(entry.getValue());
        }
        // Two names of AWS's may become one key: the later counts.
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
