package karamon.server;

import java.nio.ByteBuffer;
import karamon.text.Failure;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** Makes Jetty listen on a port, with limits for whoever connects. */
final class Ports {
    private static final int HEADER_BYTES = 32 * 1024;
    private static final int IDLE_MS = 60_000;
    private static final int BACKLOG = 4096;
    private static final int STREAMS = 128;

    private Ports() {}

    /**
     * Starts a server on a port.
     *
     * @param variable the setting to name if that fails
     * @param port -1 for any free one
     * @param http2 whether to speak HTTP/2 too
     */
    static ServerConnector listen(Server server, String variable, String host, int port, boolean http2) {
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setRequestHeaderSize(HEADER_BYTES);
        // Jetty's cache takes 100 KB for each connection, however few headers it sends, and saves no time.
        http.setHeaderCacheSize(0);
        // Paths are data for functions, which never name files by them: encoded slashes and dots arrive as sent, as on AWS.
        http.setUriCompliance(UriCompliance.UNSAFE);
        HTTP2CServerConnectionFactory h2c = new HTTP2CServerConnectionFactory(http);
        h2c.setMaxConcurrentStreams(STREAMS);
        ServerConnector connector = http2
                ? new ServerConnector(server, new HttpConnectionFactory(http), h2c)
                : new ServerConnector(server, new HttpConnectionFactory(http));
        connector.setHost(host);
        connector.setPort(Math.max(0, port));
        connector.setIdleTimeout(IDLE_MS);
        connector.setAcceptQueueSize(BACKLOG);
        server.addConnector(connector);
        server.setErrorHandler(Ports::error);
        try {
            server.start();
        } catch (Exception e) {
            throw new SettingError("Can't listen on " + host + ", port " + port + " (" + variable + "): " + Failure.message(e));
        }
        return connector;
    }

    /** Answers what Jetty refuses, such as a malformed request, in the form of other answers. */
    private static boolean error(Request request, Response response, Callback callback) {
        Object thrown = request.getAttribute(ErrorHandler.ERROR_EXCEPTION);
        int status = thrown instanceof HttpException http ? http.getCode() : response.getStatus();
        String message = HttpStatus.getMessage(status);
        Reply reply = Reply.message(status, message);
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.write(true, ByteBuffer.wrap(reply.body()), callback);
        return true;
    }
}
