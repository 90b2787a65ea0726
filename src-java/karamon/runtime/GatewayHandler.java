package karamon.runtime;

import clojure.lang.Util;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.LambdaLogger;
import com.amazonaws.services.lambda.runtime.LambdaRuntime;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;
import karamon.log.Log;
import karamon.log.Printable;
import karamon.log.Running;
import karamon.text.Fatal;

/**
 * The class to name as the handler of a Lambda function on a managed Java runtime. The environment variable
 * {@code KARAMON_HANDLER} names the Clojure function: {@code example.core/hello}. Safe for many threads.
 */
public final class GatewayHandler implements RequestStreamHandler {
    private final Handler handler;
    // Never read, but must be referenced: the registry of snapshot hooks holds it weakly.
    private final Object snapshot;

    /**
     * Loads the function's namespace, so that a broken one fails the init, and a snapshot contains the loaded code. If a snapshot
     * is to be taken, registers a hook that primes the function.
     *
     * @throws InitError when there is no such function; the message names those that exist
     */
    public GatewayHandler() {
        Map<String, String> environment = System.getenv();
        String name = HandlerName.of("KARAMON_HANDLER", environment);
        Handlers.prepare(environment);
        handler = Handlers.load(name);
        snapshot = Handlers.takesSnapshot(environment) ? primed(name, environment) : null;
    }

    private Object primed(String name, Map<String, String> environment) {
        LambdaLogger logger = LambdaRuntime.getLogger();
        try {
            return Snapshot.register(new Priming(name, handler, environment, logger));
        } catch (NoClassDefFoundError e) {
            Log.ofTheProcess().report(
                    logger, LogLevel.WARN, name + " isn't primed: the function package has no org.crac (" + e.getMessage() + ")", null, null);
            return null;
        }
    }

    @Override
    public void handleRequest(InputStream event, OutputStream reply, Context context) throws IOException {
        // Clears an interrupt left by an earlier invocation, which would end the handler's first wait, or the runtime's next one.
        Thread.interrupted();
        Running.begin(context);
        try {
            reply.write(handler.handle(event.readAllBytes(), context));
        } catch (Throwable e) {
            Fatal.rethrow(e);
            throw Util.sneakyThrow(Printable.of(e));
        } finally {
            Thread.interrupted();
            Running.end();
        }
    }
}
