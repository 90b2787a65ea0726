package bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** The handler of the benchmark, written for Jetty's API by hand, and the server that the Ring app has too. */
public final class Floor extends Handler.Abstract {
    public static void main(String[] arguments) throws Exception {
        serve(new Floor(), Integer.parseInt(System.getenv("PORT")));
    }

    /** Serves a handler with karamon.server's settings, but with Jetty's cache of headers unless {@code HEADER_CACHE} is set. */
    public static void serve(Handler handler, int port) throws Exception {
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setUriCompliance(UriCompliance.UNSAFE);
        String cache = System.getenv("HEADER_CACHE");
        http.setHeaderCacheSize(cache == null ? http.getHeaderCacheSize() : Integer.parseInt(cache));
        Server server = new Server(new QueuedThreadPool(216));
        ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
        connector.setHost("127.0.0.1");
        connector.setPort(port);
        server.addConnector(connector);
        server.setHandler(handler);
        server.start();
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        String name = Request.extractQueryParameters(request).getValue("name");
        String body = "{\"hello\":\"" + (name == null ? "world" : name) + "\"}";
        response.setStatus(200);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.write(true, ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8)), callback);
        return true;
    }
}
