package karamon.table;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import org.apache.spark.unsafe.Platform;

/** Replacements for methods that CarbonData calls; {@link PatchCarbonData} redirects the calls. */
public final class Instead {
    private Instead() {}

    // JDK 9 removed the methods of sun.misc.Unsafe with an int offset. These do the same by Spark's, which take a long. The first
    // argument is the Unsafe on which the method was called.

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

    // CarbonData deletes a file before it replaces it. A table without its list of segments reads as empty: for readers at that
    // moment, and for all readers if the process ends then.

    /** Returns true, and leaves the file to {@link #renameTo} to replace. */
    public static boolean delete(File replaced) {
        return true;
    }

    /** Renames a file, replacing any file of that name, in one step; returns whether that succeeded. */
    public static boolean renameTo(File file, File name) {
        try {
            Files.move(file.toPath(), name.toPath(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
