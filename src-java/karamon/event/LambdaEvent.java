package karamon.event;

import clojure.lang.IObj;
import clojure.lang.IPersistentMap;
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
     * @return data; a map has the metadata {@code :karamon/raw}, the event with string keys, and {@code :karamon/kind}, a keyword
     *     such as {@code :sqs}, if its kind is known
     * @throws karamon.json.MalformedJson when the bytes aren't JSON
     */
    public static Object read(byte[] json) {
        return of(JsonReader.read(json, Keys.STRINGS));
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
        boolean raw = sent instanceof IPersistentMap map && map.count() > 0 && ((Map.Entry<?, ?>) map.seq().first()).getKey() instanceof String;
        return raw ? of(sent) : sent;
    }

    /**
     * Converts an event with string keys.
     *
     * @param sent the event with string keys, as in the JSON
     * @return data, as {@link #read} returns it
     */
    public static Object of(Object sent) {
        if (!(sent instanceof IPersistentMap map)) {
            return Names.SENT.data(sent);
        }
        Kind kind = Kind.of((Map<?, ?>) map);
        IPersistentMap meta = new PersistentArrayMap(
                kind == null ? new Object[] {RAW, sent} : new Object[] {RAW, sent, KIND, kind.keyword});
        Object data = (kind != null ? kind.names : isEmptyBatch(map) ? Names.AWS : Names.SENT).data(sent);
        return ((IObj) data).withMeta(meta);
    }

    // Nothing in it names its service, but only AWS sends this form.
    private static boolean isEmptyBatch(IPersistentMap event) {
        return event.count() == 1 && PersistentVector.EMPTY.equals(event.valAt("Records"));
    }
}
