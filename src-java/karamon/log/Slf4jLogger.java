package karamon.log;

import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import karamon.text.Guard;
import karamon.text.Shown;
import org.slf4j.MDC;
import org.slf4j.Marker;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;
import org.slf4j.event.LoggingEvent;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.spi.LoggingEventAware;

/** An SLF4J logger that writes events, with key-value pairs and the thread's MDC, to Karamon's log. Safe for many threads. */
final class Slf4jLogger extends LegacyAbstractLogger implements LoggingEventAware {
    private static final long serialVersionUID = 1L;

    Slf4jLogger(String name) {
        this.name = name;
    }

    @Override
    public void log(LoggingEvent event) {
        Map<String, Object> data = new LinkedHashMap<>();
        if (event.getKeyValuePairs() != null) {
            for (KeyValuePair pair : event.getKeyValuePairs()) {
                data.put(pair.key, pair.value);
            }
        }
        write(event.getLevel(), text(event.getMessage(), event.getArgumentArray()), data, event.getThrowable());
    }

    @Override
    protected void handleNormalizedLoggingCall(Level level, Marker marker, String message, Object[] arguments, Throwable thrown) {
        write(level, text(message, arguments), new LinkedHashMap<>(), thrown);
    }

    // SLF4J would print the arguments without bounds.
    private static String text(String message, Object[] arguments) {
        long deadline = Guard.deadline();
        Object[] texts = arguments == null ? null
                : Arrays.stream(arguments).map(argument -> Shown.text(argument, Entry.MAX_BYTES, deadline)).toArray();
        return MessageFormatter.basicArrayFormat(message, texts);
    }

    private void write(Level level, String message, Map<String, Object> data, Throwable thrown) {
        Map<String, String> context = MDC.getCopyOfContextMap();
        if (context != null) {
            context.forEach(data::putIfAbsent);
        }
        Log.ofTheProcess().write(level(level), name, message, data, thrown);
    }

    private static LogLevel level(Level level) {
        return switch (level) {
            case TRACE -> LogLevel.TRACE;
            case DEBUG -> LogLevel.DEBUG;
            case INFO -> LogLevel.INFO;
            case WARN -> LogLevel.WARN;
            case ERROR -> LogLevel.ERROR;
        };
    }

    private static boolean isEnabled(Level level) {
        return Log.ofTheProcess().isEnabled(level(level));
    }

    @Override
    protected String getFullyQualifiedCallerName() {
        return null;
    }

    @Override
    public boolean isTraceEnabled() {
        return isEnabled(Level.TRACE);
    }

    @Override
    public boolean isDebugEnabled() {
        return isEnabled(Level.DEBUG);
    }

    @Override
    public boolean isInfoEnabled() {
        return isEnabled(Level.INFO);
    }

    @Override
    public boolean isWarnEnabled() {
        return isEnabled(Level.WARN);
    }

    @Override
    public boolean isErrorEnabled() {
        return isEnabled(Level.ERROR);
    }
}
