package karamon.json;

import clojure.lang.APersistentMap;
import clojure.lang.APersistentVector;
import clojure.lang.Associative;
import clojure.lang.BigInt;
import clojure.lang.IPersistentCollection;
import clojure.lang.IPersistentMap;
import clojure.lang.IPersistentVector;
import clojure.lang.Keyword;
import clojure.lang.Ratio;
import clojure.lang.Symbol;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.KeyDeserializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.IOException;

/**
 * Adds Clojure data to any {@code ObjectMapper}: {@code new ObjectMapper().registerModule(new ClojureModule())}.
 *
 * <p>Maps, vectors, sets, sequences, keywords, symbols and Clojure's numbers are written as {@link JsonWriter} writes
 * them; the mapper writes other values inside them. Read as {@code IPersistentMap},
 * {@code IPersistentVector} and the like, or as {@code Object}, JSON becomes Clojure data, as {@link JsonReader} reads
 * it. Needs jackson-databind on the class path; Karamon itself never loads it.
 */
public final class ClojureModule extends SimpleModule {
    private static final long serialVersionUID = 1L;

    /** Makes a module whose maps have keywords for keys. */
    public ClojureModule() {
        this(Keys.KEYWORDS);
    }

    /**
     * Makes a module.
     *
     * @param keys makes the keys of maps from the names in JSON objects
     */
    public ClojureModule(Keys keys) {
        super("karamon-clojure");
        addSerializer(IPersistentCollection.class, new Writer<>());
        addSerializer(Keyword.class, new Writer<>());
        addSerializer(Symbol.class, new Writer<>());
        addSerializer(Ratio.class, new Writer<>());
        addSerializer(BigInt.class, new Writer<>());
        addKeySerializer(Keyword.class, new KeyWriter());
        addDeserializer(Object.class, new Reader<>(Object.class, keys));
        addDeserializer(IPersistentMap.class, new Reader<>(IPersistentMap.class, keys));
        addDeserializer(APersistentMap.class, new Reader<>(APersistentMap.class, keys));
        addDeserializer(IPersistentVector.class, new Reader<>(IPersistentVector.class, keys));
        addDeserializer(APersistentVector.class, new Reader<>(APersistentVector.class, keys));
        addDeserializer(IPersistentCollection.class, new Reader<>(IPersistentCollection.class, keys));
        addDeserializer(Associative.class, new Reader<>(Associative.class, keys));
        addDeserializer(Keyword.class, new KeywordReader());
        addKeyDeserializer(Keyword.class, new KeyReader());
    }

    private static final class Writer<T> extends JsonSerializer<T> {
        @Override
        public void serialize(T value, JsonGenerator out, SerializerProvider provider) throws IOException {
            JsonWriter.write(value, out, (other, to) -> provider.defaultSerializeValue(other, to));
        }
    }

    private static final class KeyWriter extends JsonSerializer<Keyword> {
        @Override
        public void serialize(Keyword key, JsonGenerator out, SerializerProvider provider) throws IOException {
            out.writeFieldName(key.sym.toString());
        }
    }

    private static final class Reader<T> extends JsonDeserializer<T> {
        private final Class<T> type;
        private final Keys keys;

        Reader(Class<T> type, Keys keys) {
            this.type = type;
            this.keys = keys;
        }

        @Override
        public T deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            Object value = new JsonReader(parser, false).value(keys);
            return type.isInstance(value) ? type.cast(value) : type.cast(context.handleUnexpectedToken(type, parser));
        }
    }

    private static final class KeywordReader extends JsonDeserializer<Keyword> {
        @Override
        public Keyword deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            return Collisions.keyword(context.readValue(parser, String.class));
        }
    }

    private static final class KeyReader extends KeyDeserializer {
        @Override
        public Keyword deserializeKey(String name, DeserializationContext context) {
            return Collisions.keyword(name);
        }
    }
}
