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

/** A Runtime API that follows a test's script, however nasty. Each turn serves one connection, in order. */
public final class Scripted implements AutoCloseable, Runnable {
    /** Serves one connection, which is closed afterwards. */
    @FunctionalInterface
    public interface Turn {
        void serve(Peer peer) throws IOException;
    }

    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final List<Turn> turns;
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Void> done = new CompletableFuture<>();

    /** Starts listening. */
    public Scripted(Turn... turns) throws IOException {
        // Small buffers, which otherwise would grow, so that a test sees which side waits.
        server.setReceiveBufferSize(64 * 1024);
        this.turns = List.of(turns);
        new Thread(this).start();
    }

    /** Returns the value for {@code AWS_LAMBDA_RUNTIME_API}. */
    public String address() {
        return "127.0.0.1:" + server.getLocalPort();
    }

    /** Returns the first lines of all requests so far, each followed by its body. */
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

    /** Waits until all turns are done, and fails if one of them failed. */
    @Override
    public void close() {
        try {
            done.orTimeout(20, TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            throw new AssertionError("Not all expected requests came, found " + requests, e);
        }
    }

    /**
     * A request in chunks.
     *
     * @param headers its first line and its headers, as received
     * @param beginning its first chunk
     * @param first its second chunk
     * @param bytes the number of bytes in all chunks but the first
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

        /** Reads a request for the next event and answers with one. */
        public void handOut() throws IOException {
            handOut("{}");
        }

        /** Reads a request for the next event and answers with the given one. */
        public void handOut(String event) throws IOException {
            read();
            int length = event.getBytes(StandardCharsets.UTF_8).length;
            send("HTTP/1.1 200 OK\r\n" + INVOCATION + "Content-Length: " + length + "\r\n\r\n" + event);
        }

        /** Reads an answer and accepts it. */
        public void accept() throws IOException {
            read();
            send("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
        }

        /** Reads a streamed answer. */
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
                throw new IOException("a chunk without end");
            }
            return bytes;
        }

        /** Reads a request and ends the runtime, as Lambda does after a failure of its own. */
        public void end() throws IOException {
            read();
            send("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 3\r\n\r\nend");
        }

        /** Makes the connection end with a reset. */
        public void reset() throws IOException {
            socket.setSoLinger(true, 0);
        }
    }
}
