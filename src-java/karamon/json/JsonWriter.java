package karamon.json;

import clojure.lang.BigInt;
import clojure.lang.IPersistentCollection;
import clojure.lang.Keyword;
import clojure.lang.RT;
import clojure.lang.Ratio;
import clojure.lang.Symbol;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.exc.StreamWriteException;
import com.fasterxml.jackson.core.io.SegmentedStringWriter;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.time.temporal.TemporalAccessor;
import java.util.Iterator;
import java.util.Map;
import java.util.UUID;
import karamon.text.Shown;

/**
 * Writes Clojure (and plain Java) data as JSON.
 *
 * <p>Keywords and symbols are written as {@code name} or {@code namespace/name}, also as keys; dates, {@code java.time}
 * values, UUIDs, URIs, URLs, relative paths and characters as strings; ratios as doubles; {@code byte[]} as base64; sets,
 * sequences and arrays as arrays. NaN, infinities, functions, URLs and absolute paths of files, and other objects have no form
 * in JSON: an {@link UnwritableValue} says which and where. It is also thrown for two keys of a map with the same name, and for
 * more than 1,000 levels of nesting (Jackson's default). Safe for many threads.
 */
public final class JsonWriter {

    /** Writes values that aren't Clojure's. */
    @FunctionalInterface
    public interface Fallback {
        /**
         * Writes a value.
         *
         * @param value not null
         * @param out where to write it
         * @throws IOException when writing fails
         */
        void write(Object value, JsonGenerator out) throws IOException;
    }

    /** A document for {@link #bytes(Document)}. It is written twice if the first pass finds half a surrogate pair. */
    @FunctionalInterface
    public interface Document {
        /**
         * Writes the whole document.
         *
         * @param out where to write it
         * @throws IOException when writing fails
         */
        void write(JsonGenerator out) throws IOException;

        /** The maximum number of bytes: data may be endless. */
        default int limit() {
            return Integer.MAX_VALUE;
        }
    }

    private final JsonGenerator out;
    private final Fallback fallback;

    private JsonWriter(JsonGenerator out, Fallback fallback) {
        this.out = out;
        this.fallback = fallback;
    }

    /**
     * Returns data as JSON in UTF-8.
     *
     * @param value any data described above
     * @return the bytes
     * @throws UnwritableValue when something in it has no form in JSON
     */
    public static byte[] bytes(Object value) {
        return bytes(new Document() {
            @Override
            public void write(JsonGenerator out) throws IOException {
                JsonWriter.write(value, out, null);
            }
        });
    }

    /**
     * Returns a document in UTF-8. Halves of surrogate pairs are written as escapes, since UTF-8 can't encode them.
     *
     * @param document the document
     * @return the bytes
     * @throws UnwritableValue when something has no form in JSON, or the JSON is longer than the limit
     */
    public static byte[] bytes(Document document) {
        try {
            return bytes(Factory.JSON, document);
        } catch (StreamWriteException e) {
            try {
                return bytes(Factory.Ascii.JSON, document);
            } catch (JacksonException again) {
                throw new UnwritableValue(again.getOriginalMessage());
            }
        } catch (JacksonException e) {
            throw new UnwritableValue(e.getOriginalMessage());
        }
    }

    private static byte[] bytes(JsonFactory factory, Document document) throws JacksonException {
        try (ByteArrayBuilder buffer = new ByteArrayBuilder(factory._getBufferRecycler())) {
            try (JsonGenerator out = factory.createGenerator(new LimitedStream(buffer, document.limit()))) {
                document.write(out);
            }
            return buffer.getClearAndRelease();
        } catch (JacksonException e) {
            throw e;
        } catch (IOException e) {
            throw new AssertionError("memory can't fail", e);
        }
    }

    /**
     * Returns data as JSON text.
     *
     * @param value any data described above
     * @return the text
     * @throws UnwritableValue when something in it has no form in JSON
     */
    public static String string(Object value) {
        try (SegmentedStringWriter text = new SegmentedStringWriter(Factory.JSON._getBufferRecycler())) {
            write(value, text);
            return text.getAndClear();
        } catch (IOException e) {
            throw new AssertionError("memory can't fail", e);
        }
    }

    /**
     * Writes data as JSON text, and closes the writer.
     *
     * @param value any data described above
     * @param text where to write it
     * @throws IOException when {@code text} throws one
     * @throws UnwritableValue when something in it has no form in JSON
     */
    public static void write(Object value, Writer text) throws IOException {
        JsonGenerator out = Factory.JSON.createGenerator(text);
        try {
            write(value, out, null);
            out.close();
        } catch (JacksonException e) {
            throw new UnwritableValue(e.getOriginalMessage());
        }
    }

    /**
     * Writes data to a generator.
     *
     * @param value any data described above
     * @param out where to write it
     * @param fallback writes values that aren't Clojure's; null for the forms above
     * @throws IOException when writing fails
     * @throws UnwritableValue when something in it has no form in JSON
     */
    public static void write(Object value, JsonGenerator out, Fallback fallback) throws IOException {
        new JsonWriter(out, fallback).value(value);
    }

    private void value(Object value) throws IOException {
        if (value == null) {
            out.writeNull();
        } else if (value instanceof String text) {
            out.writeString(text);
        } else if (fallback != null && !isClojures(value)) {
            fallback.write(value, out);
        } else if (value instanceof Keyword || value instanceof Symbol || value instanceof Character) {
            out.writeString(name(value));
        } else if (value instanceof Boolean truth) {
            out.writeBoolean(truth);
        } else if (value instanceof Number number) {
            Numbers.write(number, out);
        } else if (value instanceof Map<?, ?> map) {
            map(map);
        } else if (value instanceof Iterable<?> items && !(value instanceof Path)) {
            array(items.iterator());
        } else if (value.getClass().isArray() && !(value instanceof byte[])) {
            array(RT.iter(value));
        } else {
            Scalars.write(value, out);
        }
    }

    private static boolean isClojures(Object value) {
        return value instanceof IPersistentCollection || value instanceof Keyword || value instanceof Symbol || value instanceof Ratio
                || value instanceof BigInt;
    }

    private void map(Map<?, ?> map) throws IOException {
        out.writeStartObject();
        int kinds = 0;
        for (Iterator<?> entries = Maps.entries(map); entries.hasNext();) {
            Map.Entry<?, ?> entry = (Map.Entry<?, ?>) entries.next();
            Object key = entry.getKey();
            kinds |= kind(key);
            out.writeFieldName(name(key));
            try {
                value(entry.getValue());
            } catch (UnwritableValue e) {
                throw e.under(key);
            }
        }
        if (Integer.bitCount(kinds) > 1) {
            SameNames.refuse(map);
        }
        out.writeEndObject();
    }

    private void array(Iterator<?> items) throws IOException {
        out.writeStartArray();
        for (int i = 0; items.hasNext(); i++) {
            try {
                value(items.next());
            } catch (UnwritableValue e) {
                throw e.under(i);
            }
        }
        out.writeEndArray();
    }

    // A bit for the kind of a key. Different keys of one kind have different names; other keys have two bits.
    private static int kind(Object key) {
        if (key instanceof Keyword keyword) {
            return keyword.getNamespace() == null ? 1 : keyword.getName().indexOf('/') < 0 ? 2 : 3;
        }
        return key instanceof String ? 4 : key instanceof Long ? 8 : 3;
    }

    static String name(Object key) {
        if (key instanceof Keyword keyword) {
            return keyword.sym.toString();
        }
        if (key instanceof String || key instanceof Symbol || key instanceof Character || key instanceof Number
                || key instanceof Boolean || key instanceof UUID || key instanceof TemporalAccessor) {
            return key.toString();
        }
        throw new UnwritableValue("JSON has no form for the key " + Shown.of(key));
    }
}
