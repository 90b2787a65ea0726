package karamon.text;

import clojure.lang.BigInt;
import clojure.lang.IPersistentMap;
import clojure.lang.IRecord;
import clojure.lang.Keyword;
import clojure.lang.MapEntry;
import clojure.lang.Namespace;
import clojure.lang.PersistentArrayMap;
import clojure.lang.PersistentHashMap;
import clojure.lang.PersistentHashSet;
import clojure.lang.PersistentList;
import clojure.lang.PersistentTreeMap;
import clojure.lang.PersistentTreeSet;
import clojure.lang.PersistentVector;
import clojure.lang.Ratio;
import clojure.lang.Symbol;
import clojure.lang.Var;
import java.io.File;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;

/** Knows the classes of Clojure and the JDK whose methods neither call other code, nor wait, nor go on without end. */
public final class Known {
    private static final int MAX_BITS = 3000;

    private Known() {}

    /**
     * Returns whether a value's own code can be called without a guard.
     *
     * @param value not null
     * @return whether it is of such a class; a collection's items may not be
     */
    public static boolean is(Object value) {
        return isCollection(value) || isScalar(value);
    }

    private static boolean isCollection(Object value) {
        Class<?> type = value.getClass();
        return type == PersistentVector.class || type == PersistentArrayMap.class || type == PersistentHashMap.class
                || type == PersistentHashSet.class || type == PersistentTreeMap.class || type == PersistentTreeSet.class
                || type == PersistentList.class || type == MapEntry.class || value instanceof IRecord
                || type == ArrayList.class || type == HashMap.class || type == LinkedHashMap.class || type == HashSet.class
                || type.isArray();
    }

    /**
     * Returns the entries of a map, in its order.
     *
     * @param map any map
     * @return its entries; a record's own {@code entrySet} would hash all of its values, which may be endless
     */
    public static Iterator<? extends Map.Entry<?, ?>> entries(Map<?, ?> map) {
        if (map instanceof IPersistentMap) {
            @SuppressWarnings("unchecked")
            Iterator<? extends Map.Entry<?, ?>> entries = ((Iterable<? extends Map.Entry<?, ?>>) map).iterator();
            return entries;
        }
        return map.entrySet().iterator();
    }

    private static boolean isScalar(Object value) {
        Class<?> type = value.getClass();
        return type == String.class || type == Boolean.class || type == Character.class || type == StringBuilder.class
                || type == Keyword.class || type == Symbol.class || type == Var.class || type == Namespace.class
                || type == Class.class || type == UUID.class || type == Date.class || type == Pattern.class || type == File.class
                || isNumber(value) || value instanceof Enum && isOwn(type, "toString")
                || isJdks(type) && isScalar(type.getName());
    }

    // Times, URIs and URLs, and paths.
    private static boolean isScalar(String type) {
        return type.startsWith("java.time.") || type.startsWith("java.net.UR") || type.startsWith("sun.nio.fs.");
    }

    private static boolean isNumber(Object value) {
        return value instanceof Number && (isJdks(value.getClass()) || value instanceof Ratio || value instanceof BigInt);
    }

    /**
     * Returns a text in place of a number with more than some 1,000 digits: printing it would take long.
     *
     * @param number not null
     * @return the text; null for any other number
     */
    public static String huge(Number number) {
        long bits = bits(number);
        return bits > MAX_BITS ? "a number of " + bits + " bits" : null;
    }

    private static long bits(Number number) {
        if (number instanceof BigInt big) {
            return big.bipart == null ? 0 : big.bipart.bitLength();
        }
        if (number instanceof Ratio ratio) {
            return (long) ratio.numerator.bitLength() + ratio.denominator.bitLength();
        }
        return number instanceof BigInteger big ? big.bitLength() : number instanceof BigDecimal big ? big.unscaledValue().bitLength() : 0;
    }

    /** Returns whether a class's {@code toString} isn't that of {@link Object}, which calls {@code hashCode}. */
    static boolean hasOwnText(Class<?> type) {
        return declares(type, "toString") != Object.class;
    }

    /** Returns whether a public method without arguments is the JDK's or Clojure's own. */
    static boolean isOwn(Class<?> type, String method) {
        Class<?> declares = declares(type, method);
        return isJdks(declares) || declares.getPackage() == Var.class.getPackage();
    }

    private static Class<?> declares(Class<?> type, String method) {
        try {
            return type.getMethod(method).getDeclaringClass();
        } catch (NoSuchMethodException e) {
            throw new AssertionError(method, e);
        }
    }

    private static boolean isJdks(Class<?> type) {
        return type.getClassLoader() == null;
    }
}
