package karamon.json;

import clojure.lang.BigInt;
import clojure.lang.IPersistentMap;
import clojure.lang.IPersistentVector;
import clojure.lang.Keyword;
import clojure.lang.LazilyPersistentVector;
import clojure.lang.PersistentVector;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.Arrays;

/**
 * Reads JSON straight into persistent Clojure data: objects become maps, arrays vectors, whole numbers {@code long} or
 * {@code BigInt}, other numbers {@code double}, or {@code BigDecimal} beyond its range or for an exact reader. If a key comes twice,
 * the later value counts.
 *
 * <p>Limits: 1,000 levels of nesting, numbers of 1,000 digits (of a {@code BigDecimal}: without an exponent), names of 50,000
 * characters, 24 names with one hash. JSON beyond a limit is a {@link MalformedJson}. For one thread.
 */
public final class JsonReader {
    private static final PersistentVector EMPTY_VECTOR = PersistentVector.EMPTY;
    private static final int MAX_DIGITS = 1000;

    private final JsonParser parser;
    private final boolean exact;
    // The items read so far of open objects and arrays. When one closes, its items are taken off the top.
    private Object[] stack = new Object[64];
    private int top;

    /**
     * Makes a reader over a parser that the caller opens, advances and closes.
     *
     * @param parser the source of values
     * @param exact whether all numbers that aren't whole become {@code BigDecimal}
     */
    public JsonReader(JsonParser parser, boolean exact) {
        this.parser = parser;
        this.exact = exact;
    }

    /** Returns {@code read(json, keys, false)}. */
    public static Object read(byte[] json, Keys keys) {
        return read(json, keys, false);
    }

    /**
     * Reads bytes that hold one value.
     *
     * @param json UTF-8, UTF-16 or UTF-32, detected from the first bytes
     * @param keys makes the keys of maps from the names in JSON objects
     * @param exact whether all numbers that aren't whole become {@code BigDecimal}
     * @return Clojure data; null for {@code null}
     * @throws MalformedJson when the bytes hold no value, more than one, or anything that isn't JSON
     */
    public static Object read(byte[] json, Keys keys, boolean exact) {
        try {
            return readAll(open(json), keys, exact);
        } catch (IOException e) {
            throw malformed(e);
        }
    }

    /** Returns {@code read(json, keys, false)}. */
    public static Object read(String json, Keys keys) {
        return read(json, keys, false);
    }

    /** Reads a string that holds one value, as above. */
    public static Object read(String json, Keys keys, boolean exact) {
        // Jackson skips a byte order mark in bytes, but in a string it may have been decoded with the rest.
        try {
            return readAll(Factory.JSON.createParser(json.startsWith("\uFEFF") ? json.substring(1) : json), keys, exact);
        } catch (IOException e) {
            throw malformed(e);
        }
    }

    /**
     * Returns a parser over some bytes, before their first token.
     *
     * <p>Close it after it has read the JSON, as {@link #end} does, but leave it open if it failed: there is nothing to release, and
     * closing it would put its names into the table that all parsers share. If they were made to collide in that table, and so
     * broke it, Jackson would then fail to read other JSON.
     *
     * @param json UTF-8, UTF-16 or UTF-32, detected from the first bytes
     * @return a parser for the caller to close
     * @throws IOException when the encoding can't be detected
     */
    public static JsonParser open(byte[] json) throws IOException {
        return open(json, 0);
    }

    /**
     * Returns a parser over the rest of some bytes, before its first token.
     *
     * @param json as above
     * @param offset where the rest begins
     * @return a parser for the caller to close, as above
     * @throws IOException when the encoding can't be detected
     */
    public static JsonParser open(byte[] json, int offset) throws IOException {
        return Factory.JSON.createParser(json, offset, json.length - offset);
    }

    /**
     * Converts an exception of a parser.
     *
     * @param cause thrown by a parser made here
     * @return an error that says what is wrong and where
     */
    public static MalformedJson malformed(IOException cause) {
        return cause instanceof JacksonException json
                ? new MalformedJson(json.getOriginalMessage(), json.getLocation(), cause)
                : new MalformedJson(cause.getMessage(), null, cause);
    }

    private static Object readAll(JsonParser parser, Keys keys, boolean exact) throws IOException {
        if (parser.nextToken() == null) {
            throw new MalformedJson("Expected a JSON value, found nothing", parser.currentLocation(), null);
        }
        Object value = new JsonReader(parser, exact).value(keys);
        end(parser);
        return value;
    }

    /**
     * Checks that only white space is left, and closes the parser.
     *
     * @param parser a parser at the last token of a value; it stays open if there is more
     * @throws MalformedJson when there is more
     * @throws IOException when the rest isn't JSON
     */
    public static void end(JsonParser parser) throws IOException {
        if (parser.nextToken() != null) {
            throw new MalformedJson("Expected the end after the JSON value", parser.currentTokenLocation(), null);
        }
        parser.close();
    }

    /**
     * Returns the value that begins at the parser's current token, and leaves the parser at the value's last token.
     *
     * @param keys makes the keys of maps from the names in JSON objects
     * @return Clojure data; null for {@code null}
     * @throws IOException when the value isn't JSON
     */
    public Object value(Keys keys) throws IOException {
        return switch (parser.currentToken()) {
            case VALUE_STRING -> parser.getText();
            case START_OBJECT -> map(keys);
            case START_ARRAY -> vector(keys);
            case VALUE_NUMBER_INT -> integer();
            case VALUE_NUMBER_FLOAT -> decimal();
            case VALUE_TRUE -> Boolean.TRUE;
            case VALUE_FALSE -> Boolean.FALSE;
            case VALUE_NULL -> null;
            // From a databind buffer, which may embed values that aren't JSON.
            case VALUE_EMBEDDED_OBJECT -> parser.getEmbeddedObject();
            default -> throw new AssertionError("a value can't begin at " + parser.currentToken());
        };
    }

    private IPersistentMap map(Keys keys) throws IOException {
        try {
            int base = top;
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                if (top - base == 2 * Maps.ARRAY_MAP_KEYS) {
                    return large(base, keys);
                }
                boolean nested = parser.nextToken().isStructStart();
                put(base, key(keys, name), value(nested ? keys.under(name) : keys), keys);
            }
            Object[] pairs = cut(base);
            return Maps.of(pairs, pairs.length);
        } catch (CollidingKeys e) {
            throw e.line() > 0 ? e : new CollidingKeys(e, parser.currentTokenLocation());
        }
    }

    // Not an interface's call, of which a map of names has many: compiled, the lookup is part of the loop.
    private static Object key(Keys keys, String name) {
        return keys instanceof Keys.Cached cached ? cached.of(name) : keys.of(name);
    }

    private void put(int base, Object key, Object value, Keys keys) {
        // Keywords are equal only to themselves, so comparing addresses is enough, and faster.
        boolean identical = key instanceof Keyword;
        for (int i = base; i < top; i += 2) {
            if (stack[i] == key || !identical && key.equals(stack[i])) {
                stack[i + 1] = keys.merge(stack[i + 1], value);
                return;
            }
        }
        push(key);
        push(value);
    }

    private IPersistentMap large(int base, Keys keys) throws IOException {
        do {
            String name = parser.currentName();
            parser.nextToken();
            push(key(keys, name));
            push(value(keys.under(name)));
        } while (parser.nextToken() == JsonToken.FIELD_NAME);
        return Maps.merged(cut(base), keys);
    }

    private IPersistentVector vector(Keys keys) throws IOException {
        int base = top;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            push(value(keys));
        }
        return top == base ? EMPTY_VECTOR : LazilyPersistentVector.createOwning(cut(base));
    }

    private void push(Object value) {
        if (top == stack.length) {
            stack = Arrays.copyOf(stack, 2 * top);
        }
        stack[top++] = value;
    }

    private Object[] cut(int base) {
        Object[] items = Arrays.copyOfRange(stack, base, top);
        top = base;
        return items;
    }

    private Number integer() throws IOException {
        return parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                ? BigInt.fromBigInteger(parser.getBigIntegerValue())
                : Long.valueOf(parser.getLongValue());
    }

    private Number decimal() throws IOException {
        double value = exact ? Double.POSITIVE_INFINITY : parser.getDoubleValue();
        if (!Double.isInfinite(value)) {
            return value;
        }
        try {
            BigDecimal decimal = parser.getDecimalValue();
            long after = decimal.scale();
            if (Math.max(decimal.precision() - Math.min(after, 0), after + 1) <= MAX_DIGITS) {
                return decimal;
            }
        } catch (NumberFormatException e) {
            // The exponent is beyond a BigDecimal's range.
        }
        throw new MalformedJson("The number " + parser.getText() + " has more than 1000 digits", parser.currentTokenLocation(), null);
    }
}
