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
import karamon.text.Failure;
import karamon.text.Fatal;

/**
 * Writes log events; the environment sets the minimum level and the format. Each event is written by one call, so events of
 * different threads don't mix. Never throws, even if printing a value does. Safe for many threads.
 *
 * <p>{@code AWS_LAMBDA_LOG_LEVEL} is {@code TRACE}, {@code DEBUG}, {@code INFO} (the default), {@code WARN}, {@code ERROR} or
 * {@code FATAL}; {@code AWS_LAMBDA_LOG_FORMAT} is {@code JSON} or {@code Text}, by default JSON on Lambda, and elsewhere what the
 * system property {@code karamon.log.format} says, or else text.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html and
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
 */
public final class Log {
    private final LogLevel minLevel;
    private final boolean json;
    private final boolean lambda;
    private final String functionName;
    private final String functionVersion;

    /** Holds the log of the process. It is created when the first event is logged. */
    private static final class Process {
        static final Log LOG = new Log(System.getenv());
    }

    /**
     * Reads an environment. Invalid values count as not set.
     *
     * @param environment names to values
     */
    public Log(Map<String, String> environment) {
        String format = environment.get("AWS_LAMBDA_LOG_FORMAT");
        functionName = environment.get("AWS_LAMBDA_FUNCTION_NAME");
        functionVersion = environment.get("AWS_LAMBDA_FUNCTION_VERSION");
        lambda = functionName != null;
        boolean byDefault = lambda || "json".equalsIgnoreCase(System.getProperty("karamon.log.format"));
        json = "json".equalsIgnoreCase(format) || byDefault && !"text".equalsIgnoreCase(format);
        minLevel = level(environment.get("AWS_LAMBDA_LOG_LEVEL"));
    }

    /**
     * Returns the log of the process.
     *
     * @return the same log each time
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
     * Returns the minimum level of events that are written.
     *
     * @return not null
     */
    public LogLevel minLevel() {
        return minLevel;
    }

    /**
     * Returns whether events of a level are written.
     *
     * @param level not null
     * @return whether they are
     */
    public boolean isEnabled(LogLevel level) {
        return level.compareTo(minLevel) >= 0;
    }

    /**
     * Writes an event, if its level is enabled.
     *
     * @param level not null
     * @param logger the logger's name, such as a namespace; may be null
     * @param message any value; may be null
     * @param data the caller's data; may be null
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
                System.err.println("karamon: can't log an event: " + Failure.summary(e));
            }
        }
    }

    /**
     * Writes an event of Karamon itself, such as a handler's exception, at any minimum level. The text is
     * {@code ERROR example.core/pay failed (request r-1)}, followed by the exception's trace; the JSON is like other events'. The
     * logger gets the event without a level, unlike the function's events.
     *
     * @param level not null
     * @param message a short message
     * @param data additional data; may be null
     * @param thrown may be null
     */
    public void report(LogLevel level, String message, Map<?, ?> data, Throwable thrown) {
        report(logger(Running.current()), level, message, data, thrown);
    }

    /**
     * Writes an event of Karamon itself, to a logger. A {@link FailureLogger} gets the exception instead.
     *
     * @param logger receives the event; null for standard error
     * @param level not null
     * @param message a short message
     * @param data additional data; may be null
     * @param thrown may be null
     */
    public void report(LambdaLogger logger, LogLevel level, String message, Map<?, ?> data, Throwable thrown) {
        if (thrown != null && logger instanceof FailureLogger own && own.failed(data == null ? message : message + " " + data, thrown)) {
            return;
        }
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
            System.err.println("karamon: can't log an event: " + Failure.summary(e));
        }
    }

    /**
     * Writes a formatted line, at any minimum level.
     *
     * @param line a line with its line feed, in UTF-8
     */
    public void print(byte[] line) {
        print(line, Running.current(), LogLevel.UNDEFINED);
    }

    // With the level, which distinguishes the function's events from the runtime's own; and as bytes, since a managed runtime
    // wraps text in a JSON event of its own.
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
