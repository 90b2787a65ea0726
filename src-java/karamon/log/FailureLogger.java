package karamon.log;

import com.amazonaws.services.lambda.runtime.LambdaLogger;

/** A logger that takes exceptions of handlers as such instead of as text. Loggers on Lambda aren't of this kind. */
public interface FailureLogger extends LambdaLogger {
    /**
     * Logs an exception that Karamon itself reports, such as a handler's.
     *
     * @param message a short message, such as {@code "example.core/pay failed"}
     * @param thrown not null
     * @return false to get the event as text after all
     */
    boolean failed(String message, Throwable thrown);
}
