package karamon.data;

import clojure.lang.BigInt;
import clojure.lang.Keyword;
import clojure.lang.LazilyPersistentVector;
import clojure.lang.PersistentArrayMap;
import clojure.lang.PersistentHashMap;
import clojure.lang.PersistentHashSet;
import clojure.lang.PersistentList;
import clojure.lang.Ratio;
import clojure.lang.Symbol;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;

/** Reads the texts of {@link DataWriter}. The time is proportional to the length, and nesting takes no stack. */
public final class DataReader {
    private static final int ARRAY_MAP_KEYS = 32;

    private final String text;
    private final ArrayDeque<Part> open = new ArrayDeque<>();
    private int at;

    private record Part(Shape shape, List<Object> items) {}

    private DataReader(String text, int from) {
        this.text = text;
        this.at = from;
    }

    /**
     * Reads the value that a text has from an index to its end.
     *
     * <p>It is equal to the written one, and has the same type, except that Java's collections and sorted ones become Clojure's
     * usual ones, and small integers longs. Sets and maps of more than 32 keys may have another order.
     *
     * @param text from {@link DataWriter#text}
     * @param from the index at which the value begins
     * @return the value; may be null
     * @throws IllegalArgumentException when the text is no such value
     */
    public static Object read(String text, int from) {
        DataReader reader = new DataReader(text, from);
        try {
            Object value = reader.value();
            if (reader.at == text.length()) {
                return value;
            }
        } catch (IndexOutOfBoundsException | IllegalArgumentException | DateTimeException | ArithmeticException e) {
            throw reader.malformed(e);
        }
        throw reader.malformed(null);
    }

    private IllegalArgumentException malformed(Exception cause) {
        return new IllegalArgumentException("Malformed data before the character " + at + " of " + text.length(), cause);
    }

    private Object value() {
        while (true) {
            char c = text.charAt(at++);
            Shape shape = Shape.startingWith(c);
            if (shape != null) {
                open.push(new Part(shape, new ArrayList<>()));
                continue;
            }
            Object value = !open.isEmpty() && c == open.peek().shape.end ? collection(open.pop()) : scalar(c);
            if (open.isEmpty()) {
                return value;
            }
            open.peek().items.add(value);
        }
    }

    private static Object collection(Part part) {
        return switch (part.shape) {
            case VECTOR -> LazilyPersistentVector.createOwning(part.items.toArray());
            case LIST -> PersistentList.create(part.items);
            case MAP -> map(part.items.toArray());
            case SET -> PersistentHashSet.create(part.items);
        };
    }

    // Keys that collide aren't refused, as in JSON: a map of them was written here.
    private static Object map(Object[] pairs) {
        if (pairs.length % 2 != 0) {
            throw new IllegalArgumentException("a key without a value");
        }
        return pairs.length <= 2 * ARRAY_MAP_KEYS ? PersistentArrayMap.createAsIfByAssoc(pairs) : PersistentHashMap.create(pairs);
    }

    private Object scalar(char letter) {
        return switch (letter) {
            case 'n' -> null;
            case 't' -> Boolean.TRUE;
            case 'f' -> Boolean.FALSE;
            case '"' -> quoted();
            case ':' -> Keyword.intern(symbol());
            case 's' -> symbol();
            case 'i' -> Long.valueOf(content());
            case 'I' -> BigInt.fromBigInteger(integer(content()));
            case 'd' -> Double.longBitsToDouble(Long.parseUnsignedLong(content(), 16));
            case 'e' -> Float.intBitsToFloat(Integer.parseUnsignedInt(content(), 16));
            case 'c' -> (char) Integer.parseInt(content());
            case 'b' -> Base64.getDecoder().decode(content());
            case 'u' -> UUID.fromString(content());
            case 'm' -> new Date(Long.parseLong(content()));
            case 'D', 'r', 'T' -> pair(letter, content().split("/"));
            default -> throw new IllegalArgumentException("no value begins with " + letter);
        };
    }

    private static Object pair(char letter, String[] two) {
        return switch (letter) {
            case 'D' -> new BigDecimal(integer(two[0]), Integer.parseInt(two[1]));
            case 'r' -> new Ratio(integer(two[0]), integer(two[1]));
            default -> Instant.ofEpochSecond(Long.parseLong(two[0]), Long.parseLong(two[1]));
        };
    }

    private static BigInteger integer(String hex) {
        return new BigInteger(HexFormat.of().parseHex(hex));
    }

    private String content() {
        int from = at;
        at = text.indexOf(';', from) + 1;
        return text.substring(from, at - 1);
    }

    private Symbol symbol() {
        String name = name();
        if (at < text.length() && text.charAt(at) == '/') {
            at++;
            return Symbol.intern(name, name());
        }
        return Symbol.intern(null, name);
    }

    private String name() {
        if (text.charAt(at++) != '"') {
            throw new IllegalArgumentException("a name begins with a quote");
        }
        return quoted();
    }

    private String quoted() {
        StringBuilder string = new StringBuilder();
        for (char c = text.charAt(at++); c != '"'; c = text.charAt(at++)) {
            if (c == '\\') {
                c = text.charAt(at++);
                if (c == 'u') {
                    c = (char) HexFormat.fromHexDigits(text, at, at + 4);
                    at += 4;
                }
            }
            string.append(c);
        }
        return string.toString();
    }
}
