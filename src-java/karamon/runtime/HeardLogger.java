package karamon.runtime;

import com.amazonaws.services.lambda.runtime.LambdaLogger;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;

/** Passes log entries to another logger, and records whether the runtime logged any. Safe for many threads. */
final class HeardLogger implements LambdaLogger {
    private final LambdaLogger logger;
    private volatile boolean logged;

    HeardLogger(LambdaLogger logger) {
        this.logger = logger;
    }

    /** Returns whether the runtime, which logs without a level, logged anything. */
    boolean logged() {
        return logged;
    }

    @Override
    public void log(String text) {
        logged = true;
        logger.log(text);
    }

    @Override
    public void log(byte[] text) {
        logged = true;
        logger.log(text);
    }

    /** Passes on an entry of the function, which has a level: it doesn't report a failure. */
    @Override
    public void log(byte[] text, LogLevel level) {
        logger.log(text, level);
    }
}
