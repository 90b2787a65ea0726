package karamon.data;

import clojure.lang.Keyword;
import clojure.lang.RT;
import clojure.lang.Symbol;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A collection of which a part is written. The items of a map are its keys and values in turn. */
final class Open {
    private static final int MAX_PLACE = 50;

    final Shape shape;
    /** The text before the collection if the collection has a hash of its own, else null. */
    final StringBuilder before;

    private final Iterator<?> items;
    private final List<String> hashes = new ArrayList<>();
    private Map.Entry<?, ?> entry;
    private Object place;
    private long count;

    Open(Shape shape, Object collection, StringBuilder before) {
        this.shape = shape;
        this.before = before;
        this.items = RT.iter(collection);
    }

    boolean hasNext() {
        return entry != null || items.hasNext();
    }

    Object next() {
        if (entry != null) {
            Object value = entry.getValue();
            place = entry.getKey();
            entry = null;
            return value;
        }
        Object item = items.next();
        place = shape == Shape.SET ? null : count++;
        if (shape != Shape.MAP) {
            return item;
        }
        entry = (Map.Entry<?, ?>) item;
        place = null;
        return entry.getKey();
    }

    /** Returns whether the next item is the value of the key before it. */
    boolean isInEntry() {
        return entry != null;
    }

    void add(String hash) {
        hashes.add(hash);
    }

    /** Returns the hashes of the items in an order that doesn't depend on theirs. */
    String hashes() {
        Collections.sort(hashes);
        return String.join("", hashes);
    }

    /** Returns the key or index of the last item from {@link #next}; empty for a key itself and for an item of a set. */
    Optional<String> place() {
        return Optional.ofNullable(place).map(Open::printed);
    }

    private static String printed(Object place) {
        boolean isShort = place instanceof Keyword || place instanceof Symbol || place instanceof Long;
        String other = isShort ? place.toString() : place.getClass().getSimpleName();
        String text = place instanceof String ? "\"" + place + "\"" : other;
        return text.length() <= MAX_PLACE ? text : text.substring(0, MAX_PLACE) + "…";
    }
}
