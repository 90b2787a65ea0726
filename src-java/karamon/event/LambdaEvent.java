package karamon.event;

import clojure.lang.IObj;
import clojure.lang.IPersistentMap;
import clojure.lang.IPersistentVector;
import clojure.lang.ITransientCollection;
import clojure.lang.Keyword;
import clojure.lang.PersistentArrayMap;
import clojure.lang.PersistentVector;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import karamon.json.JsonReader;
import karamon.json.Keys;

/** Events other than HTTP, as handlers get them. Keys are keywords: AWS's own names in kebab case, all others as sent. */
public final class LambdaEvent {
    private static final Keyword KIND = Keyword.intern("karamon", "kind");
    private static final Keyword RAW = Keyword.intern("karamon", "raw");

    private LambdaEvent() {}

    /**
     * Reads an event from JSON.
     *
     * @param json what AWS sent
     * @return data; a map, or a vector, has the metadata {@code :karamon/raw}, the event with string keys, and
     *     {@code :karamon/kind}, a keyword such as {@code :sqs}, if its kind is known. In a vector of events each has its own
     * @throws karamon.json.MalformedJson when the bytes aren't JSON
     */
    public static Object read(byte[] json) {
        return read(json, false);
    }

    /**
     * Reads an event from JSON.
     *
     * @param json what AWS sent
     * @param exact whether fractions are {@code BigDecimal}, as they always are in {@code :karamon/raw}; else {@code double}
     * @return data, as above
     * @throws karamon.json.MalformedJson when the bytes aren't JSON
     */
    public static Object read(byte[] json, boolean exact) {
        return of(JsonReader.read(json, Keys.STRINGS, true), exact);
    }

    /**
     * Returns an event as data, from any form that an event may have.
     *
     * @param sent JSON, as bytes or text, or data with string keys; anything else, such as an event that was already read, is
     *     returned unchanged
     * @return data, as {@link #read} returns it
     * @throws karamon.json.MalformedJson when bytes or text aren't JSON
     */
    public static Object from(Object sent) {
        if (sent instanceof byte[] json) {
            return read(json);
        }
        if (sent instanceof String json) {
            return read(json.getBytes(StandardCharsets.UTF_8));
        }
        return isRaw(sent) || sent instanceof IPersistentVector vector && hasRaw(vector) ? of(sent) : sent;
    }

    private static boolean hasRaw(IPersistentVector items) {
        for (Object item : (Iterable<?>) items) {
            if (isRaw(item)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isRaw(Object sent) {
        return sent instanceof IPersistentMap map
                && map.count() > 0
                && ((Map.Entry<?, ?>) map.seq().first()).getKey() instanceof String;
    }

    /**
     * Converts an event with string keys.
     *
     * @param sent the event with string keys, as in the JSON
     * @return data, as {@link #read} returns it
     */
    public static Object of(Object sent) {
        return of(sent, false);
    }

    private static Object of(Object sent, boolean exact) {
        return sent instanceof IPersistentVector vector ? array(vector, exact) : one(sent, exact);
    }

    // Pipes send an array of records, and AppSync one of calls of a resolver. The array's kind is that of its first item.
    private static Object array(IPersistentVector sent, boolean exact) {
        Kind kind = sent.count() > 0 && sent.nth(0) instanceof Map<?, ?> first ? Kind.of(first) : null;
        ITransientCollection items = PersistentVector.EMPTY.asTransient();
        for (Object item : (Iterable<?>) sent) {
            items = items.conj(kind == null ? Names.SENT.data(item, exact) : one(item, exact));
        }
        return ((IObj) items.persistent()).withMeta(meta(sent, kind));
    }

    private static Object one(Object sent, boolean exact) {
        if (!(sent instanceof IPersistentMap map)) {
            return Names.SENT.data(sent, exact);
        }
        Kind kind = Kind.of((Map<?, ?>) map);
        Object data = (kind != null ? kind.names : isEmptyBatch(map) ? Names.AWS : Names.SENT).data(sent, exact);
        return ((IObj) data).withMeta(meta(sent, kind));
    }

    private static IPersistentMap meta(Object sent, Kind kind) {
        return new PersistentArrayMap(kind == null ? new Object[] {RAW, sent} : new Object[] {RAW, sent, KIND, kind.keyword});
    }

    // Nothing in it names its service, but only AWS sends this form.
    private static boolean isEmptyBatch(IPersistentMap event) {
        return event.count() == 1 && PersistentVector.EMPTY.equals(event.valAt("Records"));
    }
}
