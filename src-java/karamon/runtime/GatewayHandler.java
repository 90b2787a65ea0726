package karamon.runtime;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * The class to name as the handler of a Lambda function on a managed Java runtime. The environment variable
 * {@code KARAMON_HANDLER} names the Clojure function: {@code example.core/hello}. Safe for many threads.
 */
public final class GatewayHandler implements RequestStreamHandler {
    private final Handler handler;

    /**
     * Loads the function's namespace, so that a broken one fails the init and what is loaded is in the snapshot.
     *
     * @throws InitError when there is no such function, with what is there instead
     */
    public GatewayHandler() {
        handler = Handlers.load(System.getenv("KARAMON_HANDLER"));
    }

    @Override
    public void handleRequest(InputStream event, OutputStream reply, Context context) throws IOException {
        reply.write(handler.handle(event.readAllBytes(), context));
    }
}
