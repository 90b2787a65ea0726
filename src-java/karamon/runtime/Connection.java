package karamon.runtime;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;

/**
 * A connection to the Runtime API, for one request after the other. It uses a plain socket: the JDK's HTTP clients cost start
 * time and can't send trailers. It waits for answers without a timeout, since the next event may come at any time. For one
 * thread.
 */
final class Connection {
    private static final int CONNECT_MS = 5_000;

    private final Socket socket;
    private final OutputStream out;
    private final HttpReader in;

    /**
     * Connects.
     *
     * @throws IOException when nothing listens there
     */
    Connection(RuntimeAddress address) throws IOException {
        // Ignores the proxy in system properties: the Runtime API is on the same machine.
        socket = new Socket(Proxy.NO_PROXY);
        try {
            socket.setTcpNoDelay(true);
            socket.connect(new InetSocketAddress(address.host(), address.port()), CONNECT_MS);
            out = new BufferedOutputStream(socket.getOutputStream());
            in = new HttpReader(new BufferedInputStream(socket.getInputStream()));
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /** Returns the stream for requests. Flush it after each request. */
    OutputStream out() {
        return out;
    }

    /**
     * Reads the answer to the last request.
     *
     * @throws BrokenAnswer when it isn't HTTP
     * @throws IOException when the connection is lost
     */
    HttpAnswer answer() throws IOException {
        return in.read();
    }

    /** Returns whether anything was received since the last complete answer. */
    boolean isAnswering() {
        return in.hasBegun();
    }

    void close() {
        try {
            socket.close();
        } catch (IOException e) {
            return; // The connection isn't used any more.
        }
    }
}
