package karamon.text;

import clojure.lang.ExceptionInfo;
import clojure.lang.IFn;
import clojure.lang.Keyword;
import clojure.lang.PersistentArrayMap;
import clojure.lang.RT;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;

/**
 * Checks option maps, with the same messages everywhere. Namespaces that functions load use this class's full name and don't
 * import it, so that it is loaded only when there is an option to check.
 *
 * <p>An option's rule is a vector: a description of valid values; a predicate; and {@code :secret} if the value must not be
 * printed. A set of keys allows any value.
 *
 * <p>Safe for many threads: it has no state.
 */
public final class Options {
    private static final Keyword TYPE = Keyword.intern("type");
    private static final Keyword OPTION = Keyword.intern("option");
    private static final Keyword VALUE = Keyword.intern("value");
    private static final Keyword SECRET = Keyword.intern("secret");

    private Options() {}

    /**
     * Checks that every key of a map is known and every value is valid.
     *
     * @param options the map; null is an empty one
     * @param known map of keys to rules, or a set of keys
     * @param what whose options they are, such as {@code "a gateway handler"}
     * @param type the {@code :type} of the error
     * @throws ExceptionInfo with {@code :type}, {@code :option} and, for a wrong value that isn't secret, {@code :value}
     */
    public static void check(Object options, Object known, String what, Keyword type) {
        check(options, known, what, type, OPTION);
    }

    /**
     * Checks the same, but puts the key into the error's data under another name than {@code :option}.
     *
     * @param options the map; null is an empty one
     * @param known map of keys to rules, or a set of keys
     * @param what whose options they are
     * @param type the {@code :type} of the error
     * @param name the name of the key in the error's data
     * @throws ExceptionInfo as above
     */
    public static void check(Object options, Object known, String what, Keyword type, Keyword name) {
        if (options == null) {
            return;
        }
        if (!(options instanceof Map<?, ?> map)) {
            throw error("The options for " + what + " must be a map, found " + Shown.of(options), type);
        }
        for (Iterator<? extends Map.Entry<?, ?>> all = Known.entries(map); all.hasNext();) {
            Map.Entry<?, ?> option = all.next();
            checkOne(option.getKey(), option.getValue(), known, what, type, name);
        }
    }

    private static void checkOne(Object key, Object value, Object known, String what, Keyword type, Keyword name) {
        if (!isKnown(key, known)) {
            Collection<?> keys = known instanceof Map<?, ?> map ? map.keySet() : (Collection<?>) known;
            throw error(unknown("option", key, what, keys), type, name, key);
        }
        if (known instanceof Map<?, ?> map) {
            List<?> rule = (List<?>) map.get(key);
            if (!RT.booleanCast(((IFn) rule.get(1)).invoke(value))) {
                throw rule.contains(SECRET)
                        ? error("The option " + key + " must be " + rule.get(0), type, name, key)
                        : wrong(key, value, (String) rule.get(0), type, name);
            }
        }
    }

    // Known keys are keywords. Looking up any other key would hash it, and it may be endless.
    private static boolean isKnown(Object key, Object known) {
        return key instanceof Keyword && (Boolean) RT.contains(known, key);
    }

    /**
     * Checks that required options are present.
     *
     * @param options the map
     * @param known map of keys to rules
     * @param needed the required keys; their values must not be nil
     * @param type the {@code :type} of the error
     * @throws ExceptionInfo with {@code :type} and {@code :option}
     */
    public static void need(Object options, Object known, Object needed, Keyword type) {
        for (Object key : (Iterable<?>) needed) {
            if (RT.get(options, key) == null) {
                Object expected = ((List<?>) RT.get(known, key)).get(0);
                throw error("The option " + key + " is missing: it must be " + expected, type, OPTION, key);
            }
        }
    }

    /**
     * Returns the error for an invalid value.
     *
     * @param key the option
     * @param value the invalid value
     * @param expected a description of valid values
     * @param type the {@code :type} of the error
     * @return an exception with {@code :type}, {@code :option} and {@code :value}
     */
    public static ExceptionInfo wrong(Object key, Object value, String expected, Keyword type) {
        return wrong(key, value, expected, type, OPTION);
    }

    private static ExceptionInfo wrong(Object key, Object value, String expected, Keyword type, Keyword name) {
        String message = "The option " + key + " must be " + expected + ", found " + Shown.of(value);
        return error(message, type, name, key, VALUE, value);
    }

    /**
     * Returns the message for an unknown name.
     *
     * @param kind the kind of name, such as {@code "level"}
     * @param name the unknown name
     * @param known the names that exist
     * @return such as {@code "No level :warning: there are :info, :warn. Did you mean :warn?"}
     */
    public static String unknown(String kind, Object name, Object known) {
        return unknown(kind, name, null, known);
    }

    /**
     * Returns the message for a name that is unknown in some context.
     *
     * @param kind the kind of name, such as {@code "unit"}
     * @param name the unknown name
     * @param what the context, such as {@code "the metric latency"}; null if it is obvious
     * @param known the names that exist
     * @return such as {@code "No unit :second for the metric latency: there are :hours, :seconds. Did you mean :seconds?"}
     */
    public static String unknown(String kind, Object name, String what, Object known) {
        List<String> names = StreamSupport.stream(((Iterable<?>) known).spliterator(), false).map(Shown::of).sorted().toList();
        String wanted = Shown.of(name);
        return "No " + kind + " " + wanted + (what == null ? "" : " for " + what) + (names.size() == 1 ? ": there is only " : ": there are ")
                + String.join(", ", names) + "." + Nearest.hint(wanted, names);
    }

    private static ExceptionInfo error(String message, Keyword type, Object... data) {
        Object[] all = new Object[data.length + 2];
        all[0] = TYPE;
        all[1] = type;
        System.arraycopy(data, 0, all, 2, data.length);
        return new ExceptionInfo(message, PersistentArrayMap.createAsIfByAssoc(all));
    }
}
