package karamon.text;

import clojure.lang.ExceptionInfo;
import clojure.lang.IFn;
import clojure.lang.Keyword;
import clojure.lang.PersistentArrayMap;
import clojure.lang.RT;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;

/**
 * The one check of option maps, and its wording. Namespaces that functions load name this class in full and import it
 * nowhere, so that it is loaded only when there is an option to check.
 *
 * <p>What is known of an option is a vector: what its value must be, in words; a predicate; and {@code :secret} where the
 * value must not be printed. A set of keys stands for options of any value.
 *
 * <p>Thread-safe: it keeps nothing.
 */
public final class Options {
    private static final Keyword TYPE = Keyword.intern("type");
    private static final Keyword OPTION = Keyword.intern("option");
    private static final Keyword VALUE = Keyword.intern("value");
    private static final Keyword SECRET = Keyword.intern("secret");

    private Options() {}

    /**
     * Checks that every key of a map is known and every value is what it must be.
     *
     * @param options the map; null is an empty one
     * @param known map of keys to what is known of them, or a set of keys
     * @param what whose options they are, such as {@code "a gateway handler"}
     * @param type the {@code :type} of the error
     * @throws ExceptionInfo with {@code :type}, {@code :option} and, for a wrong value that is no secret, {@code :value}
     */
    public static void check(Object options, Object known, String what, Keyword type) {
        check(options, known, what, type, OPTION);
    }

    /**
     * Checks likewise, for errors that hold the key under another name than {@code :option}.
     *
     * @param options the map; null is an empty one
     * @param known map of keys to what is known of them, or a set of keys
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
            throw error("The options for " + what + " must be a map, found " + RT.printString(options), type);
        }
        for (Map.Entry<?, ?> option : map.entrySet()) {
            checkOne(option.getKey(), option.getValue(), known, what, type, name);
        }
    }

    private static void checkOne(Object key, Object value, Object known, String what, Keyword type, Keyword name) {
        if (!((Boolean) RT.contains(known, key))) {
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

    /**
     * Checks that none of some options is missing.
     *
     * @param options the map
     * @param known map of keys to what is known of them
     * @param needed the keys that must be there, with a value that isn't nil
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
     * Returns the error of a value that isn't what it must be.
     *
     * @param key the option
     * @param value what was found
     * @param expected what it must be, in words
     * @param type the {@code :type} of the error
     * @return an exception with {@code :type}, {@code :option} and {@code :value}
     */
    public static ExceptionInfo wrong(Object key, Object value, String expected, Keyword type) {
        return wrong(key, value, expected, type, OPTION);
    }

    private static ExceptionInfo wrong(Object key, Object value, String expected, Keyword type, Keyword name) {
        String message = "The option " + key + " must be " + expected + ", found " + RT.printString(value);
        return error(message, type, name, key, VALUE, value);
    }

    /**
     * Returns the sentence about a name that doesn't exist.
     *
     * @param kind what it would be, such as {@code "level"}
     * @param name what was asked for
     * @param known the names that exist
     * @return such as {@code "No level :warning: there are :info, :warn. Did you mean :warn?"}
     */
    public static String unknown(String kind, Object name, Object known) {
        return unknown(kind, name, null, known);
    }

    /**
     * Returns the sentence about a name that doesn't exist for something.
     *
     * @param kind what it would be, such as {@code "unit"}
     * @param name what was asked for
     * @param what for whom, such as {@code "the metric latency"}; null where that is plain
     * @param known the names that exist
     * @return such as {@code "No unit :second for the metric latency: there are :hours, :seconds. Did you mean :seconds?"}
     */
    public static String unknown(String kind, Object name, String what, Object known) {
        List<String> names = StreamSupport.stream(((Iterable<?>) known).spliterator(), false).map(RT::printString).sorted().toList();
        String wanted = RT.printString(name);
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
