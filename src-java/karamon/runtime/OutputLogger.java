package karamon.runtime;

import com.amazonaws.services.lambda.runtime.LambdaLogger;
import java.nio.charset.StandardCharsets;

/** Writes log entries to standard output, which Lambda collects: one line each, always in UTF-8. Safe for many threads. */
public final class OutputLogger implements LambdaLogger {
    /** The only one. */
    public static final OutputLogger INSTANCE = new OutputLogger();

    private OutputLogger() {}

    @Override
    public void log(String message) {
        String text = String.valueOf(message);
        log((text.endsWith("\n") ? text : text + "\n").getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void log(byte[] message) {
        System.out.write(message, 0, message.length);
        System.out.flush();
    }
}
