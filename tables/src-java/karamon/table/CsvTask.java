package karamon.table;

import clojure.java.api.Clojure;
import clojure.lang.IFn;
import clojure.lang.Symbol;
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

    private final Symbol function;

    @SuppressWarnings("serial") // Clojure's data is serializable if all that it holds is.
    private final Object job;

    private final SerializableConfiguration configuration;

    /**
     * Makes a task.
     *
     * @param function the name of a var; its function takes the job, a part of a file and Hadoop's configuration, and returns an
     *     iterator of rows
     * @param job what is the same for all parts
     * @param configuration Hadoop's, to open files with
     */
    public CsvTask(Symbol function, Object job, Configuration configuration) {
        this.function = function;
        this.job = job;
        this.configuration = new SerializableConfiguration(configuration);
    }

    /** Returns the rows of a part of a file, as they are read. */
    @Override
    @SuppressWarnings("unchecked")
    public Iterator<Row> call(Object part) {
        return (Iterator<Row>) loaded(function).invoke(job, part, configuration.value());
    }

    // One at a time: tasks of an executor begin together, and a namespace must not be loaded twice at once.
    private static synchronized IFn loaded(Symbol function) {
        Clojure.var("clojure.core", "require").invoke(Symbol.intern(function.getNamespace()));
        return Clojure.var(function);
    }
}
