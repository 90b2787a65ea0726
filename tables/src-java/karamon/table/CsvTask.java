package karamon.table;

import clojure.java.api.Clojure;
import clojure.lang.IFn;
import java.util.Iterator;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Reads rows of CSV files in a task of Spark. Spark sends it to executors; a function of Clojure can't be sent, so this looks one
 * up there. Safe for use by several threads.
 */
public final class CsvTask implements FlatMapFunction<Object, Row> {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("serial") // Clojure's data is serializable if all that it holds is.
    private final Object job;

    private final SerializableConfiguration configuration;

    /**
     * Makes a task.
     *
     * @param job what {@code karamon.table.record/rows} takes
     * @param configuration Hadoop's, to open files with
     */
    public CsvTask(Object job, Configuration configuration) {
        this.job = job;
        this.configuration = new SerializableConfiguration(configuration);
    }

    /** Returns the rows of a part of a file, as they are read. */
    @Override
    @SuppressWarnings("unchecked")
    public Iterator<Row> call(Object part) {
        IFn resolve = Clojure.var("clojure.core", "requiring-resolve");
        IFn rows = (IFn) resolve.invoke(Clojure.read("karamon.table.record/rows"));
        return (Iterator<Row>) rows.invoke(job, part, configuration.value());
    }
}
