package karamon.table;

import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.text.ParseException;
import java.util.concurrent.ThreadFactory;
import org.apache.spark.SparkContext;
import org.apache.spark.unsafe.Platform;
import scala.collection.immutable.Map;

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

    /**
     * Renames a file, replacing any file of that name, in one step. Returns whether that succeeded: never if writing the file
     * failed.
     */
    public static boolean renameTo(File file, File name) {
        if (CheckedOutput.failed(file)) {
            return false;
        }
        try {
            Files.move(file.toPath(), name.toPath(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    // CarbonData takes the first file whose name begins with "schema" for the table's schema. ALTER TABLE writes schema.write and
    // renames it. If that fails, or the process ends, the file stays, and the table can't be read if the folder lists it first.

    /** Returns whether a file's name begins with a prefix, and isn't that of a file that replaces another when it is whole. */
    public static boolean startsWith(String name, String prefix) {
        return name.startsWith(prefix) && !name.endsWith(".write");
    }

    // CarbonData logs the errors of closing its files, and goes on. They are those of writing the last bytes.

    /** Closes a stream, or null. Throws an unchecked exception, which CarbonData doesn't swallow, if that fails. */
    public static void closeStream(Closeable stream) {
        try {
            if (stream != null) {
                stream.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    // A LOAD that fails, as on a full disk, may leave a thread that waits for work. It would keep the process from ending.

    /** Returns a new thread that doesn't keep the process from ending. */
    public static Thread newThread(ThreadFactory factory, Runnable work) {
        Thread thread = factory.newThread(work);
        thread.setDaemon(true);
        return thread;
    }

    // CarbonData sets a decimal with too many digits to null. A NumberFormatException makes it a bad record.

    /** Returns a decimal that has at most {@code precision} digits; throws NumberFormatException if it has more. */
    public static BigDecimal normalizeDecimalValue(BigDecimal value, int precision) {
        if (value.precision() > precision) {
            throw new NumberFormatException(value + " has more than " + precision + " digits");
        }
        return value;
    }

    // CarbonData's marker for the null fields of a null struct has eight bytes, of which it takes four for an int, and two for a
    // short (CarbonCommonConstants.MEMBER_DEFAULT_VAL).

    private static final ByteBuffer NULL = ByteBuffer.wrap("@NU#LL$!".getBytes(StandardCharsets.UTF_8)).asReadOnlyBuffer();

    /** Returns whether a buffer has a value: false, which means null, also for the marker. */
    public static boolean hasRemaining(ByteBuffer buffer) {
        return buffer.hasRemaining() && !buffer.equals(NULL);
    }

    // CarbonData reads the fraction .120 as 12 milliseconds.

    /**
     * Returns the milliseconds of the epoch of a timestamp's text. As in CarbonData, a pattern may be missing, {@code hh} means hours
     * from 0 to 23, and a day without a time begins at midnight. Throws NumberFormatException if the text isn't a timestamp.
     */
    public static long createTimeInstant(String text, String pattern) {
        String known = pattern == null || pattern.isBlank() ? "yyyy-MM-dd HH:mm:ss" : pattern.strip().replace("hh", "HH");
        FractionFormat format = new FractionFormat(known.contains(" ") ? known : known + " HH:mm:ss");
        format.setLenient(false);
        try {
            return format.parse(text.contains(" ") ? text : text + " 00:00:00").getTime();
        } catch (ParseException e) {
            throw new NumberFormatException(e.getMessage());
        }
    }

    // Before a LOAD, a scan and a compaction, CarbonData asks for as many executors as it thinks the data needs, and for no more
    // than spark.executor.instances, which is 1 if it isn't set. A standalone master keeps the number as the session's limit: it
    // then replaces no lost executor while another one runs.

    /**
     * Requests executors from a SparkContext if Spark allocates them dynamically. Otherwise does nothing, since Spark has asked for
     * all of them at the start. Returns whether the request was received.
     */
    public static boolean requestTotalExecutors(Object context, int executors, int localTasks, Map<String, Object> byHost) {
        SparkContext spark = (SparkContext) context;
        return !spark.getConf().getBoolean("spark.dynamicAllocation.enabled", false)
                || spark.requestTotalExecutors(executors, localTasks, byHost);
    }
}
