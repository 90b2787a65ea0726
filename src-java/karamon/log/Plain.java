package karamon.log;

import clojure.lang.BigInt;
import clojure.lang.Keyword;
import clojure.lang.RT;
import clojure.lang.Ratio;
import clojure.lang.Symbol;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * Converts any value to one that JSON can represent, within a number of bytes. Other values are printed as strings. Text that
 * doesn't fit is cut off, and so are all but the first 1,000 items of a collection. Handles endless sequences, values that
 * contain themselves and values that throw. For one entry and one thread.
 */
final class Plain {
    static final int DEPTH = 50;
    private static final int DIGITS = 1000;
    static final int ITEMS = 1000;
    static final String CUT = "…";

    private long left;
    private boolean cut;
    private boolean broken;
    private boolean unbounded;

    /**
     * Starts an entry.
     *
     * @param bytes the maximum size of the entry as JSON, in UTF-8 bytes
     */
    Plain(long bytes) {
        this.left = bytes;
    }

    /** Returns whether a value fits, nothing in it throws, and no value that may be endless had to be printed. */
    boolean holds(Object value) {
        value(value);
        return !cut && !broken && !unbounded;
    }

    /** Returns whether something was cut off. */
    boolean isCut() {
        return cut;
    }

    /** Puts a member into a map. If the map already has the name, appends an underscore to it. */
    void put(Map<String, Object> map, Object name, Object value) {
        put(map, name, value, 0);
    }

    /** Puts all members of another map likewise. */
    void putAll(Map<String, Object> map, Map<?, ?> members) {
        putAll(map, members, 0);
    }

    /** Converts a value to null, a string, a number, a boolean, a list or a map with strings for keys. */
    Object value(Object value) {
        return value(value, 0);
    }

    private Object value(Object value, int depth) {
        left -= 2;
        if (value == null || value instanceof Boolean) {
            left -= 4;
            return value;
        }
        return guarded(() -> depth > DEPTH ? cutOff() : converted(value, depth));
    }

    private Object converted(Object value, int depth) {
        if (value instanceof CharSequence || value instanceof Keyword || value instanceof Symbol || value instanceof Character) {
            return text(name(value));
        }
        if (value instanceof Number number) {
            return number(number);
        }
        if (value instanceof Map<?, ?> map) {
            return map(map, depth + 1);
        }
        if (value instanceof Iterable<?> items && !(value instanceof Path)) {
            return list(items.iterator(), depth);
        }
        if (value instanceof Throwable thrown) {
            return map(Failure.of(thrown), depth + 1);
        }
        if (value instanceof byte[] bytes) {
            int max = (int) Math.min(bytes.length, Math.max(0, left) * 3 / 4 + 3);
            return text(Base64.getEncoder().encodeToString(max == bytes.length ? bytes : Arrays.copyOf(bytes, max)));
        }
        if (value instanceof Date date) {
            return text(Instant.ofEpochMilli(date.getTime()).toString());
        }
        if (value instanceof Optional<?> || value instanceof AtomicReference<?>) {
            // Their own text is that of what they hold, without limits.
            unbounded = true;
            return value(value instanceof Optional<?> optional ? optional.orElse(null) : ((AtomicReference<?>) value).get(), depth + 1);
        }
        return value.getClass().isArray() ? list(RT.iter(value), depth) : text(printed(value));
    }

    private Object number(Number number) {
        boolean whole = number instanceof Long || number instanceof Integer || number instanceof Short || number instanceof Byte;
        boolean fraction = number instanceof Double || number instanceof Float || number instanceof Ratio;
        if (whole || fraction && Double.isFinite(number.doubleValue())) {
            left -= 24;
            return number;
        }
        BigInteger digits = number instanceof BigInteger big ? big
                : number instanceof BigInt big ? big.toBigInteger() : number instanceof BigDecimal big ? big.unscaledValue() : null;
        if (digits == null) {
            return text(number.toString());
        }
        // Printing very long numbers takes very long, and readers reject them.
        if (digits.bitLength() > DIGITS * 3) {
            return text("a number of " + digits.bitLength() + " bits");
        }
        left -= DIGITS / 3 + 16;
        return number;
    }

    private void putAll(Map<String, Object> map, Map<?, ?> members, int depth) {
        int items = 0;
        try {
            for (Map.Entry<?, ?> entry : members.entrySet()) {
                if (isFull(items++)) {
                    break;
                }
                put(map, entry.getKey(), entry.getValue(), depth);
            }
        } catch (Throwable e) {
            map.put(CUT, problem(e));
        }
    }

    private void put(Map<String, Object> map, Object name, Object value, int depth) {
        String key = guarded(() -> text(name(name)));
        while (map.containsKey(key)) {
            key += "_";
        }
        map.put(key, value(value, depth));
        left -= 4;
    }

    private Map<String, Object> map(Map<?, ?> map, int depth) {
        Map<String, Object> plain = new LinkedHashMap<>();
        putAll(plain, map, depth);
        return plain;
    }

    private List<Object> list(Iterator<?> items, int depth) {
        List<Object> plain = new ArrayList<>();
        try {
            while (items.hasNext()) {
                if (isFull(plain.size())) {
                    plain.add(CUT);
                    break;
                }
                plain.add(value(items.next(), depth + 1));
                left -= 1;
            }
        } catch (Throwable e) {
            plain.add(problem(e));
        }
        return plain;
    }

    private String name(Object value) {
        return value instanceof Keyword keyword ? keyword.sym.toString() : printed(value);
    }

    private String printed(Object value) {
        unbounded |= Printed.mayBeEndless(value);
        return Printed.of(value);
    }

    // Replaces halves of surrogate pairs, which UTF-8 can't encode.
    private String text(String printed) {
        String value = printed == null ? "null" : printed;
        StringBuilder text = null;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            boolean pair = Character.isHighSurrogate(c) && i + 1 < value.length() && Character.isLowSurrogate(value.charAt(i + 1));
            left -= c < ' ' ? 6 : c == '"' || c == '\\' ? 2 : c < 0x80 ? 1 : c < 0x800 ? 2 : pair ? 4 : 3;
            if (left < 0) {
                cut = true;
                return (text == null ? value.substring(0, i) : text) + CUT;
            }
            if (pair) {
                if (text != null) {
                    text.append(c).append(value.charAt(i + 1));
                }
                i++;
            } else if (Character.isSurrogate(c)) {
                text = text == null ? new StringBuilder(value.substring(0, i)) : text;
                text.append('\uFFFD');
            } else if (text != null) {
                text.append(c);
            }
        }
        left -= 2;
        return text == null ? value : text.toString();
    }

    private boolean isFull(int items) {
        boolean full = left <= 0 || items >= ITEMS;
        cut |= full;
        return full;
    }

    private String cutOff() {
        cut = true;
        return CUT;
    }

    private <T> T guarded(Supplier<T> supplier) {
        try {
            return supplier.get();
        } catch (Throwable e) {
            @SuppressWarnings("unchecked")
            T problem = (T) problem(e);
            return problem;
        }
    }

    // A log call doesn't throw the exceptions of values, except fatal errors.
    private String problem(Throwable thrown) {
        Fatal.rethrow(thrown);
        broken = true;
        String problem = "(printing it threw " + thrown.getClass().getName() + ")";
        left -= problem.length();
        return problem;
    }
}
