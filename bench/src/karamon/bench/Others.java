package karamon.bench;

import clojure.lang.IFn;
import clojure.lang.IPersistentVector;
import clojure.lang.Keyword;
import clojure.lang.PersistentVector;
import clojure.lang.RT;
import clojure.lang.Symbol;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Other ways to read JSON, each written in the usual style. */
final class Others {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final IFn readStr;
    private final Keyword keyFn = Keyword.intern("key-fn");
    private final Object keyword = RT.var("clojure.core", "keyword").deref();

    Others() {
        RT.var("clojure.core", "require").invoke(Symbol.intern("clojure.data.json"));
        readStr = (IFn) RT.var("clojure.data.json", "read-str").deref();
    }

    /** Reads Jackson's own tree: no Clojure data, but the base of all comparisons. */
    static JsonNode tree(byte[] json) throws IOException {
        return MAPPER.readTree(json);
    }

    /** Reads Jackson's maps and lists, and converts them to persistent ones. */
    static Object walk(byte[] json) throws IOException {
        return persistent(MAPPER.readValue(json, Object.class));
    }

    private static Object persistent(Object value) {
        if (value instanceof Map<?, ?> map) {
            Object[] pairs = new Object[2 * map.size()];
            int i = 0;
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                pairs[i++] = Keyword.intern((String) entry.getKey());
                pairs[i++] = persistent(entry.getValue());
            }
            return RT.mapUniqueKeys(pairs);
        }
        if (value instanceof List<?> list) {
            IPersistentVector vector = PersistentVector.EMPTY;
            for (Object item : list) {
                vector = vector.cons(persistent(item));
            }
            return vector;
        }
        return value;
    }

    /** Reads with Clojure's own library. */
    Object dataJson(byte[] json) {
        return readStr.invoke(new String(json, StandardCharsets.UTF_8), keyFn, keyword);
    }
}
