package karamon.server;

import java.util.List;
import karamon.runtime.Contexts;
import karamon.runtime.Handler;

/**
 * A route and its function.
 *
 * @param method in upper case; {@code ANY} for every method
 * @param path such as <code>/items/{id}</code>, or {@code $default}
 * @param timeoutMs milliseconds for the function
 * @param cors null for none
 * @param authorizer null for none
 * @param scopes of which a token needs one; empty if it needs none
 */
record Route(
        String method,
        String path,
        String function,
        Handler handler,
        Contexts contexts,
        long timeoutMs,
        Cors cors,
        Authorizer authorizer,
        List<String> scopes) {
    static final String DEFAULT = "$default";

    /** Returns the route as API Gateway writes it: <code>GET /items/{id}</code>. */
    String key() {
        return path.equals(DEFAULT) ? DEFAULT : method + " " + path;
    }
}
