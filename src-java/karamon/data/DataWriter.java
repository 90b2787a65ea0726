package karamon.data;

import clojure.lang.BigInt;
import clojure.lang.IPersistentVector;
import clojure.lang.IRecord;
import clojure.lang.Keyword;
import clojure.lang.Ratio;
import clojure.lang.Sequential;
import clojure.lang.Symbol;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Writes data as text, which {@link DataReader} reads, or as a hash. Data is nil, booleans, numbers, characters, strings,
 * keywords, symbols, byte arrays, UUIDs, {@link Date}s, {@link Instant}s, and sequences, maps and sets of data. The time is
 * proportional to the size, and nesting takes no stack.
 *
 * <p>A value's text begins with a letter or a bracket and says where it ends: {@code {:"a"[i1;"b"]}} is {@code {:a [1 "b"]}}.
 * Control characters and halves of surrogate pairs are escaped, so every encoding of Unicode preserves the text.
 *
 * <p>For a hash, equal values are written alike: sequences of every type as vectors, numbers without the differences that
 * {@code =} ignores, and the items of a map or set as a hash of their sorted hashes.
 */
public final class DataWriter {
    private static final HexFormat HEX = HexFormat.of();
    private static final int MAX_PLACES = 20;

    // A sequence may never end, and a value may hold itself.
    private static final int MAX_VALUES = 1_000_000;
    private static final int MAX_DEPTH = 100_000;

    private final MessageDigest digest;
    private final ArrayDeque<Open> open = new ArrayDeque<>();
    private StringBuilder out = new StringBuilder();

    /** With a digest it writes for a hash. */
    private DataWriter(MessageDigest digest) {
        this.digest = digest;
    }

    /**
     * Returns data as text.
     *
     * @param value any data
     * @return a text from which {@link DataReader} makes an equal value
     * @throws NotData when something in it isn't data, or it has more than 1,000,000 values or 100,000 levels
     */
    public static String text(Object value) {
        DataWriter writer = new DataWriter(null);
        writer.all(value);
        return writer.out.toString();
    }

    /**
     * Returns a hash of data, which two values have in common if they are equal, and only then. Byte arrays are compared by
     * content. The hash doesn't depend on the version of Java.
     *
     * @param value any data
     * @return a SHA-256, 64 hexadecimal digits
     * @throws NotData as {@link #text}, and for NaN, which equals nothing
     */
    public static String hash(Object value) {
        try {
            DataWriter writer = new DataWriter(MessageDigest.getInstance("SHA-256"));
            writer.all(value);
            return writer.hashOf(writer.out);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    private String hashOf(CharSequence text) {
        return HEX.formatHex(digest.digest(text.toString().getBytes(StandardCharsets.UTF_8)));
    }

    private void all(Object value) {
        write(value);
        int left = MAX_VALUES;
        while (!open.isEmpty()) {
            Open top = open.peek();
            if (top.before != null && out.length() > 0 && !top.isInEntry()) {
                top.add(hashOf(out));
                out.setLength(0);
            }
            if (top.hasNext()) {
                if (left-- == 0 || open.size() > MAX_DEPTH) {
                    throw new NotData("more than 1,000,000 values or 100,000 levels");
                }
                write(top.next());
            } else {
                close(open.pop());
            }
        }
    }

    private void open(Shape shape, Object collection) {
        if (digest != null && (shape == Shape.MAP || shape == Shape.SET)) {
            open.push(new Open(shape, collection, out.append(shape.start)));
            out = new StringBuilder();
        } else {
            out.append(shape.start);
            open.push(new Open(shape, collection, null));
        }
    }

    private void close(Open collection) {
        if (collection.before != null) {
            out = collection.before.append(hashOf(collection.hashes()));
        }
        out.append(collection.shape.end);
    }

    private void write(Object value) {
        if (value == null) {
            out.append('n');
        } else if (value instanceof String text) {
            quoted(text);
        } else if (value instanceof Keyword keyword) {
            named(':', keyword.sym);
        } else if (value instanceof Boolean truth) {
            out.append(truth ? 't' : 'f');
        } else if (value instanceof Number number) {
            number(number);
        } else if (value instanceof Map && !(value instanceof IRecord)) {
            open(Shape.MAP, value);
        } else if (value instanceof Sequential || value instanceof List) {
            boolean vector = digest != null || value instanceof IPersistentVector || !(value instanceof Sequential);
            open(vector ? Shape.VECTOR : Shape.LIST, value);
        } else if (value instanceof Set) {
            open(Shape.SET, value);
        } else {
            scalar(value);
        }
    }

    private void scalar(Object value) {
        if (value instanceof Symbol symbol) {
            named('s', symbol);
        } else if (value instanceof Character character) {
            put('c', (int) character);
        } else if (value instanceof byte[] bytes) {
            put('b', Base64.getEncoder().encodeToString(bytes));
        } else if (value instanceof UUID) {
            put('u', value);
        } else if (value.getClass() == Date.class) {
            put('m', ((Date) value).getTime());
        } else if (value instanceof Instant instant) {
            put('T', instant.getEpochSecond() + "/" + instant.getNano());
        } else {
            throw notData(value.getClass().getTypeName());
        }
    }

    private void number(Number number) {
        if (number instanceof Long || number instanceof Integer || number instanceof Short || number instanceof Byte) {
            put('i', number);
        } else if (number instanceof BigInt big) {
            integer(big.toBigInteger());
        } else if (number instanceof BigInteger big) {
            integer(big);
        } else if (number instanceof Float single && digest == null) {
            put('e', Integer.toHexString(Float.floatToIntBits(single)));
        } else if (number instanceof Double || number instanceof Float) {
            floating(number.doubleValue());
        } else if (number instanceof BigDecimal decimal) {
            BigDecimal exact = digest == null ? decimal : decimal.stripTrailingZeros();
            put('D', hex(exact.unscaledValue()) + "/" + exact.scale());
        } else if (number instanceof Ratio ratio) {
            put('r', hex(ratio.numerator) + "/" + hex(ratio.denominator));
        } else {
            throw notData(number.getClass().getTypeName());
        }
    }

    private void integer(BigInteger number) {
        if (digest != null && number.bitLength() < Long.SIZE) {
            put('i', number);
        } else {
            put('I', hex(number));
        }
    }

    private void floating(double number) {
        if (digest != null && Double.isNaN(number)) {
            throw notData("##NaN, which equals nothing");
        }
        // Adding a zero removes the sign of a negative one.
        put('d', Long.toHexString(Double.doubleToLongBits(digest == null ? number : number + 0.0)));
    }

    private static String hex(BigInteger number) {
        return HEX.formatHex(number.toByteArray());
    }

    private void put(char letter, Object content) {
        out.append(letter).append(content).append(';');
    }

    private void named(char letter, Symbol symbol) {
        out.append(letter);
        if (symbol.getNamespace() != null) {
            quoted(symbol.getNamespace());
            out.append('/');
        }
        quoted(symbol.getName());
    }

    private void quoted(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                out.append(c).append(text.charAt(++i));
            } else if (Character.isISOControl(c) || Character.isSurrogate(c)) {
                out.append("\\u").append(HEX.toHexDigits(c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }

    private NotData notData(String found) {
        List<String> places = new ArrayList<>();
        Iterator<Open> outermostFirst = open.descendingIterator();
        while (outermostFirst.hasNext() && places.size() <= MAX_PLACES) {
            outermostFirst.next().place().ifPresent(places::add);
        }
        if (places.size() > MAX_PLACES) {
            places.set(MAX_PLACES, "…");
        }
        return new NotData(places.isEmpty() ? found : found + " (at [" + String.join(" ", places) + "])");
    }
}
