package karamon.bench.cold;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Lambda's Runtime API on the loopback interface, for one runtime with one connection. It costs little, and runs on the measuring
 * thread: it returns as soon as a response has arrived, and confirms the response only with the next call.
 */
final class RuntimeApi implements AutoCloseable {
    private static final int WAIT_MS = 60_000;
    private static final byte[] TAKEN = "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"status\":\"OK\"}"
            .getBytes(StandardCharsets.US_ASCII);

    private final ServerSocket server;
    private final byte[] invocation;
    private Socket socket;
    private InputStream in;
    private boolean unconfirmed;

    private record Request(String line, byte[] body) {}

    RuntimeApi(byte[] event) throws IOException {
        server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        server.setSoTimeout(WAIT_MS);
        invocation = invocation(event);
    }

    /** Returns the value for {@code AWS_LAMBDA_RUNTIME_API}. */
    String address() {
        return "127.0.0.1:" + server.getLocalPort();
    }

    /**
     * Sends {@code times} invocations, and returns the last response when it has arrived.
     *
     * @throws IOException when the runtime does anything but answer them
     */
    String invoke(int times) throws IOException {
        String response = "";
        for (int i = 0; i < times; i++) {
            if (unconfirmed) {
                write(TAKEN);
                unconfirmed = false;
            }
            expect("GET /2018-06-01/runtime/invocation/next ", read());
            write(invocation);
            Request answer = read();
            expect("POST /2018-06-01/runtime/invocation/id/response ", answer);
            unconfirmed = true;
            response = new String(answer.body, StandardCharsets.UTF_8);
        }
        return response;
    }

    /** Returns when the runtime has asked to be restored from a snapshot. */
    void awaitSnapshot() throws IOException {
        expect("GET /2018-06-01/runtime/restore/next ", read());
    }

    /** Lets the runtime go on, as after a start from the snapshot. Its next request comes on another connection. */
    void restore() throws IOException {
        write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        socket.close();
        socket = null;
    }

    @Override
    public void close() throws IOException {
        server.close();
        if (socket != null) {
            socket.close();
        }
    }

    private static byte[] invocation(byte[] event) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(("HTTP/1.1 200 OK\r\n"
                + "Content-Type: application/json\r\n"
                + "Lambda-Runtime-Aws-Request-Id: id\r\n"
                + "Lambda-Runtime-Deadline-Ms: " + (System.currentTimeMillis() + 3_600_000) + "\r\n"
                + "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-west-1:123456789012:function:bench\r\n"
                + "Lambda-Runtime-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1\r\n"
                + "Content-Length: " + event.length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        bytes.write(event);
        return bytes.toByteArray();
    }

    private static void expect(String expected, Request request) throws IOException {
        if (!request.line.startsWith(expected)) {
            throw new IOException("Expected " + expected + ", got " + request.line + ": " + new String(request.body, StandardCharsets.UTF_8));
        }
    }

    // After closing its connection between two requests, a runtime opens another.
    private Request read() throws IOException {
        String line = socket == null ? null : line();
        while (line == null) {
            if (socket != null) {
                socket.close();
            }
            socket = server.accept();
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(WAIT_MS);
            in = new BufferedInputStream(socket.getInputStream());
            line = line();
        }
        int length = 0;
        boolean chunked = false;
        for (String header = line(); header != null && !header.isEmpty(); header = line()) {
            String lower = header.toLowerCase(Locale.ROOT);
            if (lower.startsWith("content-length:")) {
                length = Integer.parseInt(lower.substring("content-length:".length()).strip());
            }
            chunked |= lower.startsWith("transfer-encoding:") && lower.endsWith("chunked");
        }
        return new Request(line, chunked ? chunks() : in.readNBytes(length));
    }

    private byte[] chunks() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            int size = Integer.parseInt(String.valueOf(line()), 16);
            body.write(in.readNBytes(size));
            line();
            if (size == 0) {
                return body.toByteArray();
            }
        }
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder(80);
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0 && line.length() == 0) {
                return null;
            }
            if (c < 0) {
                throw new EOFException("The runtime closed its connection after " + line);
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    private void write(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }
}
