package karamon.log;

import clojure.lang.BigInt;
import clojure.lang.IDeref;
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
import karamon.text.Failure;
import karamon.text.Guard;
import karamon.text.Known;
import karamon.text.Shown;

/**
 * Converts any value to one that JSON can represent, within a number of bytes. Other values are printed as strings. Text that
 * doesn't fit is cut off, and so are all but the first 1,000 items of a collection. Handles endless sequences, values that
 * contain themselves and values that throw. For one entry and one thread.
 */
final class Plain {
    private static final int DEPTH = 50;
    private static final int ITEMS = 1000;
    private static final int NUMBER_BYTES = 350;

    private final long deadline;
    private final Room room;
    private boolean broken;
    private boolean unbounded;

    /**
     * Starts an entry.
     *
     * @param bytes the maximum size of the entry as JSON, in UTF-8 bytes
     * @param deadline as {@link Guard#deadline} returns it
     */
    Plain(long bytes, long deadline) {
        this.room = new Room(bytes);
        this.deadline = deadline;
    }

    /** Returns whether a value fits, nothing in it throws, and no value that may be endless had to be printed. */
    boolean holds(Object value) {
        value(value);
        return !room.cut && !broken && !unbounded;
    }

    /** Returns whether something was cut off. */
    boolean isCut() {
        return room.cut;
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
        room.left -= 2;
        if (value == null || value instanceof Boolean) {
            room.left -= 4;
            return value;
        }
        return tried(() -> depth > DEPTH ? cutOff() : Guard.isGuarded() || isKnown(value) ? converted(value, depth) : guarded(value, depth));
    }

    private static boolean isKnown(Object value) {
        return value instanceof Throwable || Known.is(value);
    }

    // Has its own state, as the value's code may go on after it was left alone.
    private Object guarded(Object value, int depth) {
        Plain inner = new Plain(room.left, deadline);
        Object plain = Guard.call(deadline, () -> inner.converted(value, depth));
        room.left = inner.room.left;
        room.cut |= inner.room.cut;
        broken |= inner.broken;
        unbounded |= inner.unbounded;
        return plain;
    }

    private Object converted(Object value, int depth) {
        if (value instanceof CharSequence || value instanceof Keyword || value instanceof Symbol || value instanceof Character) {
            return room.text(name(value));
        }
        if (value instanceof Number number) {
            return number(number);
        }
        if (value instanceof Map<?, ?> map) {
            return map(map, depth + 1);
        }
        if (value instanceof Throwable thrown) {
            return map(Failure.of(thrown, deadline), depth + 1);
        }
        if (value instanceof Iterable<?> items && !(value instanceof Path)) {
            return list(items.iterator(), depth);
        }
        if (value instanceof Map.Entry<?, ?> entry) {
            return list(Arrays.asList(entry.getKey(), entry.getValue()).iterator(), depth);
        }
        if (value instanceof byte[] bytes) {
            int max = (int) Math.min(bytes.length, Math.max(0, room.left) * 3 / 4 + 3);
            return room.text(Base64.getEncoder().encodeToString(max == bytes.length ? bytes : Arrays.copyOf(bytes, max)));
        }
        if (value instanceof Date date) {
            return room.text(Instant.ofEpochMilli(date.getTime()).toString());
        }
        if (value instanceof Optional<?> || value instanceof AtomicReference<?>) {
            // Their own text is that of what they hold, without limits.
            unbounded = true;
            return value(value instanceof Optional<?> optional ? optional.orElse(null) : ((AtomicReference<?>) value).get(), depth + 1);
        }
        return value.getClass().isArray() ? list(RT.iter(value), depth) : room.text(printed(value));
    }

    private Object number(Number number) {
        boolean whole = number instanceof Long || number instanceof Integer || number instanceof Short || number instanceof Byte;
        boolean fraction = number instanceof Double || number instanceof Float || number instanceof Ratio;
        if (whole || fraction && Double.isFinite(number.doubleValue())) {
            room.left -= 24;
            return number;
        }
        if (!(number instanceof BigInteger || number instanceof BigInt || number instanceof BigDecimal) || Known.huge(number) != null) {
            return room.text(printed(number)); // Readers reject very long numbers.
        }
        room.left -= NUMBER_BYTES;
        return number;
    }

    private void putAll(Map<String, Object> map, Map<?, ?> members, int depth) {
        int items = 0;
        try {
            for (Iterator<? extends Map.Entry<?, ?>> entries = entries(members); entries.hasNext();) {
                if (room.isFull(items++, ITEMS)) {
                    break;
                }
                Map.Entry<?, ?> entry = entries.next();
                put(map, entry.getKey(), entry.getValue(), depth);
            }
        } catch (Throwable e) {
            map.put(Shown.CUT, problem(e));
        }
    }

    private Iterator<? extends Map.Entry<?, ?>> entries(Map<?, ?> members) {
        return Known.is(members) || Guard.isGuarded() ? Known.entries(members) : Guard.call(deadline, () -> {
            List<Map.Entry<?, ?>> first = new ArrayList<>();
            for (Iterator<? extends Map.Entry<?, ?>> all = Known.entries(members); all.hasNext() && first.size() <= ITEMS;) {
                first.add(all.next());
            }
            return first.iterator();
        });
    }

    private void put(Map<String, Object> map, Object name, Object value, int depth) {
        String key = tried(() -> room.text(name(name)));
        while (map.containsKey(key)) {
            key += "_";
        }
        map.put(key, value(value, depth));
        room.left -= 4;
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
                if (room.isFull(plain.size(), ITEMS)) {
                    plain.add(Shown.CUT);
                    break;
                }
                plain.add(value(items.next(), depth + 1));
                room.left -= 1;
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
        // Printed by other code, the value may be endless.
        unbounded |= value instanceof Iterable && !(value instanceof Path) || value instanceof Map || value instanceof IDeref;
        return Shown.text(value, (int) Math.min(Integer.MAX_VALUE - 1, Math.max(0, room.left) + 1), deadline);
    }

    private String cutOff() {
        room.cut = true;
        return Shown.CUT;
    }

    private <T> T tried(Supplier<T> supplier) {
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
        String problem = Guard.problem(thrown);
        broken = true;
        room.left -= problem.length();
        return problem;
    }
}
