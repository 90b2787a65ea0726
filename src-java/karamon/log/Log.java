package karamon.log;

import clojure.lang.RT;
import com.amazonaws.services.lambda.runtime.LambdaLogger;
import com.amazonaws.services.lambda.runtime.LambdaRuntime;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;

/**
 * Writes log events, as the environment says: which levels, and whether as JSON. Each is written whole and by one call, so that
 * threads don't mix theirs. Never throws what a value does. Safe for many threads.
 *
 * <p>{@code AWS_LAMBDA_LOG_LEVEL} is {@code TRACE}, {@code DEBUG}, {@code INFO} (the default), {@code WARN}, {@code ERROR} or
 * {@code FATAL}; {@code AWS_LAMBDA_LOG_FORMAT} is {@code JSON} or {@code Text}, by default JSON on Lambda and text elsewhere.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html and
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
 */
public final class Log {
    private final LogLevel least;
    private final boolean json;
    private final boolean lambda;
    private final String functionName;
    private final String functionVersion;

    /** Holds that of the process: made when the first event is logged. */
    private static final class Process {
        static final Log LOG = new Log(System.getenv());
    }

    /**
     * Reads an environment; what is wrong in it counts as not set.
     *
     * @param environment names to values
     */
    public Log(Map<String, String> environment) {
        String format = environment.get("AWS_LAMBDA_LOG_FORMAT");
        functionName = environment.get("AWS_LAMBDA_FUNCTION_NAME");
        functionVersion = environment.get("AWS_LAMBDA_FUNCTION_VERSION");
        lambda = functionName != null;
        json = "json".equalsIgnoreCase(format) || lambda && !"text".equalsIgnoreCase(format);
        least = level(environment.get("AWS_LAMBDA_LOG_LEVEL"));
    }

    /**
     * Returns the process's own.
     *
     * @return the same each time
     */
    public static Log ofTheProcess() {
        return Process.LOG;
    }

    private static LogLevel level(String name) {
        try {
            LogLevel level = LogLevel.valueOf(String.valueOf(name).toUpperCase(Locale.ROOT));
            return level == LogLevel.UNDEFINED ? LogLevel.INFO : level;
        } catch (IllegalArgumentException e) {
            return LogLevel.INFO;
        }
    }

    /**
     * Returns the least level that is written.
     *
     * @return not null
     */
    public LogLevel least() {
        return least;
    }

    /**
     * Returns whether events of a level are written.
     *
     * @param level not null
     * @return whether they are
     */
    public boolean isEnabled(LogLevel level) {
        return level.compareTo(least) >= 0;
    }

    /**
     * Writes an event, where its level is enabled.
     *
     * @param level not null
     * @param logger who logs, such as a namespace; may be null
     * @param message any value; may be null
     * @param data whatever the caller adds; may be null
     * @param thrown may be null
     */
    public void write(LogLevel level, String logger, Object message, Map<?, ?> data, Throwable thrown) {
        if (isEnabled(level)) {
            Entry entry = new Entry(System.currentTimeMillis(), level, logger, message, data, thrown);
            Running running = Running.current();
            try {
                print(json ? entry.json(running, functionName, functionVersion) : entry.text(running), running, level);
            } catch (Throwable e) {
                Fatal.rethrow(e);
                System.err.println("karamon: an event couldn't be logged: " + e);
            }
        }
    }

    /**
     * Writes an event of Karamon itself, such as what a handler throws, whatever the least level is. As text it is
     * {@code ERROR example.core/pay failed (request r-1)}, and the exception's trace; as JSON an event like any other. The
     * logger gets it without a level, which tells it from what the function logs.
     *
     * @param level not null
     * @param message a sentence
     * @param data what is added; may be null
     * @param thrown may be null
     */
    public void report(LogLevel level, String message, Map<?, ?> data, Throwable thrown) {
        report(logger(Running.current()), level, message, data, thrown);
    }

    /**
     * Writes an event of Karamon itself, to a logger.
     *
     * @param logger where to; null for standard error
     * @param level not null
     * @param message a sentence
     * @param data what is added; may be null
     * @param thrown may be null
     */
    public void report(LambdaLogger logger, LogLevel level, String message, Map<?, ?> data, Throwable thrown) {
        Entry entry = new Entry(System.currentTimeMillis(), level, "karamon", message, data, thrown);
        Running running = Running.current();
        try {
            byte[] line = json ? entry.json(running, functionName, functionVersion) : entry.reported(running);
            if (logger == null) {
                printToErr(line);
            } else {
                logger.log(line);
            }
        } catch (Throwable e) {
            Fatal.rethrow(e);
            System.err.println("karamon: an event couldn't be logged: " + e);
        }
    }

    /**
     * Writes a line that is made already, whatever the level.
     *
     * @param line with its line feed, in UTF-8
     */
    public void print(byte[] line) {
        print(line, Running.current(), LogLevel.UNDEFINED);
    }

    // With the level, so that whoever watches what the runtime itself logs can tell them apart; and as bytes, since what
    // gets text makes a JSON event of its own of it, as a managed runtime does.
    private void print(byte[] line, Running running, LogLevel level) {
        LambdaLogger logger = logger(running);
        if (logger == null) {
            printToErr(line);
        } else {
            logger.log(line, level);
        }
    }

    private LambdaLogger logger(Running running) {
        LambdaLogger logger = running == null ? null : running.context().getLogger();
        return logger == null && lambda ? LambdaRuntime.getLogger() : logger;
    }

    private static void printToErr(byte[] line) {
        try {
            Writer err = (Writer) RT.ERR.deref();
            err.write(new String(line, StandardCharsets.UTF_8));
            err.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
