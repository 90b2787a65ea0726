package karamon.test;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** A Runtime API that does with each connection what a test says, however nasty: the first turn has the first, and so on. */
public final class Scripted implements AutoCloseable, Runnable {
    /** What is done with one connection; it is closed afterwards. */
    @FunctionalInterface
    public interface Turn {
        void serve(Peer peer) throws IOException;
    }

    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final List<Turn> turns;
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Void> done = new CompletableFuture<>();

    /** Starts to listen. */
    public Scripted(Turn... turns) throws IOException {
        // Small ones, which the system would else let grow, so that a test can tell who waits for whom.
        server.setReceiveBufferSize(64 * 1024);
        this.turns = List.of(turns);
        new Thread(this).start();
    }

    /** Returns what {@code AWS_LAMBDA_RUNTIME_API} is to say. */
    public String address() {
        return "127.0.0.1:" + server.getLocalPort();
    }

    /** Returns the first lines of all requests so far, each with its body after it. */
    public List<String> requests() {
        return requests;
    }

    @Override
    public void run() {
        try (server) {
            for (Turn turn : turns) {
                try (Socket socket = server.accept()) {
                    turn.serve(new Peer(socket, requests));
                }
            }
            done.complete(null);
        } catch (IOException | RuntimeException | Error e) {
            done.completeExceptionally(e);
        }
    }

    /** Waits until all turns were taken, and fails when one of them did. */
    @Override
    public void close() {
        try {
            done.orTimeout(20, TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            throw new AssertionError("Not all that was expected came; seen " + requests, e);
        }
    }

    /**
     * A request that came in chunks.
     *
     * @param headers its first line and its headers, as they came
     * @param beginning its first chunk
     * @param first its second
     * @param bytes of all but the first
     */
    public record Streamed(List<String> headers, String beginning, String first, long bytes, List<String> trailers) {}

    /** One connection of a runtime. */
    public record Peer(Socket socket, InputStream in, OutputStream out, List<String> requests) {
        public static final String INVOCATION = "Lambda-Runtime-Aws-Request-Id: id-1\r\nLambda-Runtime-Deadline-Ms: 9999999999999\r\n";

        Peer(Socket socket, List<String> requests) throws IOException {
            this(socket, new BufferedInputStream(socket.getInputStream()), socket.getOutputStream(), requests);
        }

        /** Reads a request with a body of a known length, or none. */
        public void read() throws IOException {
            String first = line();
            int length = 0;
            for (String line = line(); !line.isEmpty(); line = line()) {
                if (line.startsWith("Content-Length: ")) {
                    length = Integer.parseInt(line.substring("Content-Length: ".length()));
                }
            }
            requests.add(first.replace(" HTTP/1.1", "").replace("/2018-06-01/runtime/", "") + " "
                    + new String(in.readNBytes(length), StandardCharsets.UTF_8));
        }

        private String line() throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            for (int b = in.read(); b != '\n'; b = in.read()) {
                if (b < 0) {
                    throw new IOException("the runtime closed the connection");
                }
                line.write(b);
            }
            return line.toString(StandardCharsets.UTF_8).strip();
        }

        public void send(String text) throws IOException {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
        }

        /** Takes a request for the next event and hands one out. */
        public void handOut() throws IOException {
            handOut("{}");
        }

        /** Does the same with an event. */
        public void handOut(String event) throws IOException {
            read();
            int length = event.getBytes(StandardCharsets.UTF_8).length;
            send("HTTP/1.1 200 OK\r\n" + INVOCATION + "Content-Length: " + length + "\r\n\r\n" + event);
        }

        /** Takes an answer. */
        public void accept() throws IOException {
            read();
            send("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
        }

        /** Takes a streamed answer. */
        public Streamed stream() throws IOException {
            List<String> headers = lines();
            String beginning = new String(chunk(), StandardCharsets.UTF_8);
            byte[] chunk = chunk();
            String first = new String(chunk, StandardCharsets.UTF_8);
            long bytes = 0;
            for (; chunk.length > 0; chunk = chunk()) {
                bytes += chunk.length;
            }
            List<String> trailers = lines();
            send("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
            return new Streamed(headers, beginning, first, bytes, trailers);
        }

        /** Reads lines up to an empty one. */
        public List<String> lines() throws IOException {
            List<String> lines = new ArrayList<>();
            for (String line = line(); !line.isEmpty(); line = line()) {
                lines.add(line);
            }
            return lines;
        }

        /** Reads a chunk; the last is empty. */
        public byte[] chunk() throws IOException {
            int size = Integer.parseInt(line(), 16);
            byte[] bytes = in.readNBytes(size);
            if (size > 0 && !line().isEmpty()) {
                throw new IOException("no end of a chunk");
            }
            return bytes;
        }

        /** Takes a request and ends the runtime, as Lambda does when it can't go on. */
        public void end() throws IOException {
            read();
            send("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 3\r\n\r\nend");
        }

        /** Lets the connection end with a reset. */
        public void reset() throws IOException {
            socket.setSoLinger(true, 0);
        }
    }
}
