package karamon.table;

import org.apache.spark.unsafe.Platform;

/**
 * What {@link PatchByteUtil} has CarbonData call in place of the methods of {@code sun.misc.Unsafe} that took an int for an
 * offset, which went with JDK 9: the same by Spark's, that take a long. The first argument, the {@code Unsafe}, is what stood
 * before the call.
 */
public final class UnsafeCompat {
    private UnsafeCompat() {}

    /** Returns the int at an offset of an array. */
    public static int getInt(Object unsafe, Object array, int offset) {
        return Platform.getInt(array, offset);
    }

    /** Returns the long at an offset of an array. */
    public static long getLong(Object unsafe, Object array, int offset) {
        return Platform.getLong(array, offset);
    }

    /** Returns the short at an offset of an array. */
    public static short getShort(Object unsafe, Object array, int offset) {
        return Platform.getShort(array, offset);
    }

    /** Puts an int at an offset of an array. */
    public static void putInt(Object unsafe, Object array, int offset, int value) {
        Platform.putInt(array, offset, value);
    }
}
