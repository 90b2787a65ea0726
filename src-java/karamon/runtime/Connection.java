package karamon.runtime;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;

/**
 * A connection to the Runtime API, for one request after the other. On a plain socket: the JDK's HTTP clients cost start
 * time and send no trailers. It waits for answers without a limit, since that is how long the next event may take. For
 * one thread.
 */
final class Connection {
    private static final int CONNECT_MS = 5_000;

    private final Socket socket;
    private final OutputStream out;
    private final HttpReader in;

    /**
     * Connects.
     *
     * @throws IOException when nobody listens there
     */
    Connection(RuntimeAddress address) throws IOException {
        // Never through a proxy, whatever the system properties say: it is on this very machine.
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

    /** Returns where requests are written; flush them. */
    OutputStream out() {
        return out;
    }

    /**
     * Reads the answer to what was written.
     *
     * @throws BrokenAnswer when it isn't HTTP
     * @throws IOException when the connection is lost
     */
    HttpAnswer answer() throws IOException {
        return in.read();
    }

    /** Whether anything came since the last whole answer. */
    boolean isAnswering() {
        return in.hasBegun();
    }

    void close() {
        try {
            socket.close();
        } catch (IOException e) {
            return; // It is of no more use either way.
        }
    }
}
