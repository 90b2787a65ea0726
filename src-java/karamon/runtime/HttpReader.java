package karamon.runtime;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Reads HTTP/1.1 responses (RFC 9112). For one thread. */
final class HttpReader {
    // Far above Lambda's limits: 6 MB for an event, 3,583 bytes for a client context.
    private static final int MAX_HEAD_BYTES = 256 * 1024;
    private static final int MAX_BODY_BYTES = 128 * 1024 * 1024;

    private final InputStream in;
    private int headBytes;
    private boolean begun;

    /** Makes a reader. The stream must be buffered. */
    HttpReader(InputStream in) {
        this.in = in;
    }

    /** Returns whether a response has begun and hasn't ended. */
    boolean hasBegun() {
        return begun;
    }

    /**
     * Reads a response. Skips interim responses (100 Continue).
     *
     * @throws BrokenAnswer when it isn't HTTP
     * @throws IOException when the connection is lost, an {@link EOFException} when it was closed
     */
    HttpAnswer read() throws IOException {
        headBytes = 0;
        while (true) {
            String statusLine = line();
            int status = status(statusLine);
            Map<String, String> headers = headers();
            if (status >= 200) {
                HttpAnswer answer = withBody(statusLine, status, headers);
                begun = false;
                return answer;
            }
        }
    }

    private static int status(String line) throws BrokenAnswer {
        boolean http = line.startsWith("HTTP/1.") && line.length() >= 12 && line.charAt(8) == ' '
                && (line.length() == 12 || line.charAt(12) == ' ');
        int status = 0;
        for (int i = 9; http && i < 12; i++) {
            http = line.charAt(i) >= '0' && line.charAt(i) <= '9';
            status = status * 10 + line.charAt(i) - '0';
        }
        if (!http || status < 100) {
            throw broken("an invalid status line", line);
        }
        return status;
    }

    private Map<String, String> headers() throws IOException {
        Map<String, String> headers = new HashMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            if (colon < 1) {
                throw broken("an invalid header", line);
            }
            headers.put(line.substring(0, colon).strip().toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
        }
        return headers;
    }

    private HttpAnswer withBody(String statusLine, int status, Map<String, String> headers) throws IOException {
        String encoding = headers.get("transfer-encoding");
        String length = headers.get("content-length");
        String connection = headers.getOrDefault("connection", "").toLowerCase(Locale.ROOT);
        boolean kept = statusLine.startsWith("HTTP/1.0") ? connection.equals("keep-alive") : !connection.equals("close");
        if (status == 204 || status == 304) {
            return new HttpAnswer(status, headers, new byte[0], kept);
        }
        if (encoding != null && encoding.toLowerCase(Locale.ROOT).endsWith("chunked")) {
            return new HttpAnswer(status, headers, chunks(), kept);
        }
        if (length != null) {
            return new HttpAnswer(status, headers, bytes(number(length, 10, "an invalid Content-Length")), kept);
        }
        return new HttpAnswer(status, headers, in.readAllBytes(), false);
    }

    private byte[] chunks() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            headBytes = 0;
            String line = line();
            int semicolon = line.indexOf(';');
            int size = number((semicolon < 0 ? line : line.substring(0, semicolon)).strip(), 16, "an invalid chunk size");
            if (size == 0) {
                headers();
                return body.toByteArray();
            }
            if (size > MAX_BODY_BYTES - body.size()) {
                throw broken("a body that is too large", line);
            }
            body.write(bytes(size), 0, size);
            if (!line().isEmpty()) {
                throw broken("a chunk without end", line);
            }
        }
    }

    private static int number(String text, int radix, String problem) throws BrokenAnswer {
        try {
            // Numbers in Java may have a sign, those in HTTP may not.
            if (!text.isEmpty() && Character.digit(text.charAt(0), radix) >= 0) {
                int number = Integer.parseInt(text, radix);
                if (number <= MAX_BODY_BYTES) {
                    return number;
                }
            }
        } catch (NumberFormatException e) {
            // Falls through to the error below.
        }
        throw broken(problem, text);
    }

    private byte[] bytes(int length) throws IOException {
        byte[] bytes = new byte[length];
        if (in.readNBytes(bytes, 0, length) < length) {
            throw new EOFException("The connection was closed within a body");
        }
        return bytes;
    }

    // UTF-8, as a client context may contain any character.
    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(80);
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("The connection was closed" + (begun ? " within an answer" : ""));
            }
            begun = true;
            if (++headBytes > MAX_HEAD_BYTES) {
                throw broken("a head that is too large", line.toString(StandardCharsets.UTF_8));
            }
            line.write(b);
        }
        String text = line.toString(StandardCharsets.UTF_8);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }

    private static BrokenAnswer broken(String what, String found) {
        return new BrokenAnswer("The Runtime API sent " + what + ": " + (found.length() > 200 ? found.substring(0, 200) + "…" : found));
    }
}
