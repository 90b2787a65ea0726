package karamon.log;

import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.util.Arrays;
import java.util.Date;
import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import karamon.text.Guard;
import karamon.text.Shown;

/**
 * Receives the events of {@code java.util.logging}, and so those of {@link System.Logger}, which the JDK sends there. Safe for
 * many threads.
 */
public final class JulBridge extends Handler {
    // For its formatMessage, which handles parameters and resource bundles.
    private static final Formatter MESSAGES = new Formatter() {
        @Override
        public String format(LogRecord event) {
            return formatMessage(event);
        }
    };

    private final Log log;

    private JulBridge(Log log) {
        this.log = log;
    }

    /**
     * Replaces the handlers that write to the console by a bridge, and sets the root logger's level to the log's. Other handlers
     * stay. Calling it again has no effect.
     *
     * @param log receives the events
     */
    public static void install(Log log) {
        Logger root = LogManager.getLogManager().getLogger("");
        for (Handler handler : root.getHandlers()) {
            if (handler instanceof ConsoleHandler || handler instanceof JulBridge) {
                root.removeHandler(handler);
            }
        }
        root.addHandler(new JulBridge(log));
        root.setLevel(switch (log.minLevel()) {
            case TRACE, UNDEFINED -> Level.ALL;
            case DEBUG -> Level.FINE;
            case INFO -> Level.INFO;
            case WARN -> Level.WARNING;
            case ERROR -> Level.SEVERE;
            case FATAL -> Level.OFF;
        });
    }

    @Override
    public void publish(LogRecord event) {
        if (event != null) {
            log.write(level(event.getLevel()), event.getLoggerName(), MESSAGES.format(bounded(event)), null, event.getThrown());
        }
    }

    // The formatter would print the parameters without bounds. Formats apply to numbers and dates, so those stay.
    private static LogRecord bounded(LogRecord event) {
        if (event.getParameters() == null) {
            return event;
        }
        long deadline = Guard.deadline();
        LogRecord bounded = new LogRecord(event.getLevel(), event.getMessage());
        bounded.setResourceBundle(event.getResourceBundle());
        bounded.setParameters(Arrays.stream(event.getParameters())
                .map(value -> value instanceof Number || value instanceof Date ? value : Shown.text(value, Entry.MAX_BYTES, deadline))
                .toArray());
        return bounded;
    }

    private static LogLevel level(Level level) {
        int value = level.intValue();
        return value >= Level.SEVERE.intValue() ? LogLevel.ERROR
                : value >= Level.WARNING.intValue() ? LogLevel.WARN
                : value >= Level.INFO.intValue() ? LogLevel.INFO
                : value >= Level.FINE.intValue() ? LogLevel.DEBUG : LogLevel.TRACE;
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
