package karamon.runtime;

import com.amazonaws.services.lambda.runtime.LambdaLogger;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;

/** Passes on what is logged, and knows whether the runtime logged anything. Safe for many threads. */
final class HeardLogger implements LambdaLogger {
    private final LambdaLogger logger;
    private volatile boolean logged;

    HeardLogger(LambdaLogger logger) {
        this.logger = logger;
    }

    /** Returns whether something was logged without a level, as the runtime logs. */
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

    /** Passes on what the function itself logs, which has a level: it isn't a failure's report. */
    @Override
    public void log(byte[] text, LogLevel level) {
        logger.log(text, level);
    }
}
