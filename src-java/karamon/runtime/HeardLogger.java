package karamon.runtime;

import com.amazonaws.services.lambda.runtime.LambdaLogger;
import java.nio.charset.StandardCharsets;

/** Passes on what is logged, and knows whether anything was. Safe for many threads. */
final class HeardLogger implements LambdaLogger {
    private final LambdaLogger logger;
    private volatile boolean logged;

    HeardLogger(LambdaLogger logger) {
        this.logger = logger;
    }

    /** Returns whether something was logged. */
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
        log(new String(text, StandardCharsets.UTF_8));
    }
}
