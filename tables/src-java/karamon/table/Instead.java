package karamon.table;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import org.apache.spark.unsafe.Platform;

/** What {@link PatchCarbonData} has CarbonData call in place of what it calls as published. */
public final class Instead {
    private Instead() {}

    // Methods of sun.misc.Unsafe that took an int for an offset went with JDK 9: the same by Spark's, that take a long. The
    // first argument, the Unsafe, is what stood before the call.

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

    // A file that is replaced was deleted first: a table without its list of segments reads as empty, for those who read it just
    // then, and for all when the process ends just then.

    /** Returns true, and leaves the file to {@link #renameTo} to replace. */
    public static boolean delete(File replaced) {
        return true;
    }

    /** Gives a file another name, in place of the file of that name, in one step; returns whether it could. */
    public static boolean renameTo(File file, File name) {
        try {
            Files.move(file.toPath(), name.toPath(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
