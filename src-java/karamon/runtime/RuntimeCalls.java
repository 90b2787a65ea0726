package karamon.runtime;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import karamon.http.Answer;
import karamon.text.Fatal;

/**
 * Calls of the Runtime API, over one connection that is kept open and replaced when it is lost. For one thread.
 *
 * <p>The protocol: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
final class RuntimeCalls {
    private static final String PATH = "/2018-06-01/runtime/";
    private static final String STREAMED = "Lambda-Runtime-Function-Response-Mode: streaming\r\n"
            + "Content-Type: application/vnd.awslambda.http-integration-response\r\n"
            + "Transfer-Encoding: chunked\r\n"
            + "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n";
    private static final byte[] NOTHING = new byte[0];
    private static final int MAX_QUICK_FAILURES = 10;
    private static final long QUICK_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private final RuntimeAddress address;
    private Connection connection;

    RuntimeCalls(RuntimeAddress address) {
        this.address = address;
    }

    /**
     * Waits for the next invocation, without a timeout. Reconnects if the connection is lost: asking again is safe.
     *
     * @throws BrokenAnswer when the answer isn't an invocation
     * @throws IOException when ten connections in a row were lost within a second each
     */
    Invocation next() throws IOException {
        return Invocation.of(await("invocation/next"));
    }

    /**
     * Waits, without a timeout, until Lambda has taken a SnapStart snapshot of this process and has started it from there. The
     * next call then opens a new connection.
     *
     * @throws BrokenAnswer when the Runtime API knows no snapshots
     * @throws IOException as {@link #next}
     */
    void awaitRestore() throws IOException {
        HttpAnswer answer = await("restore/next");
        disconnect();
        if (answer.status() != 200) {
            throw new BrokenAnswer("The Runtime API takes no snapshot: it answered GET restore/next with " + answer.shown());
        }
    }

    private HttpAnswer await(String path) throws IOException {
        byte[] head = head("GET", path, "");
        int failures = 0;
        while (true) {
            long since = System.nanoTime();
            try {
                return exchange(head, NOTHING);
            } catch (BrokenAnswer e) {
                throw e;
            } catch (IOException e) {
                failures = System.nanoTime() - since > QUICK_NS ? 1 : failures + 1;
                if (failures == MAX_QUICK_FAILURES) {
                    throw new IOException("Can't connect to the Runtime API at " + address + ": " + e.getMessage(), e);
                }
                // The first failure is usually a kept connection that the Runtime API has closed.
                LockSupport.parkNanos(PAUSE_NS * (failures - 1));
            }
        }
    }

    /** Posts the reply to an invocation. */
    void respond(String id, byte[] reply) throws IOException {
        post("invocation/" + id + "/response", "", reply);
    }

    /**
     * Posts the reply to an invocation while it is produced, as fast as the Runtime API reads it. It can't be posted twice, so
     * this opens a new connection: a kept one may have been closed while the handler ran.
     * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
     *
     * @return the exception that the body threw half-way, which was reported to Lambda; null if none
     */
    Throwable stream(String id, Answer answer) throws IOException {
        disconnect();
        boolean done = false;
        Throwable thrown = null;
        try {
            connection = new Connection(address);
            connection.out().write(head("POST", "invocation/" + id + "/response", STREAMED));
            ChunkedStream out = new ChunkedStream(connection.out());
            out.write(answer.bytes());
            out.flush();
            thrown = write(answer, out);
            out.end(thrown == null ? "" : trailers(ErrorReport.of(thrown)));
            HttpAnswer taken = connection.answer();
            check("invocation/" + id + "/response", taken, false);
            done = taken.reusable();
            return thrown;
        } catch (IOException e) {
            if (Fatal.is(thrown)) {
                return thrown; // Matters more than the lost connection.
            }
            throw e;
        } finally {
            if (!done) {
                disconnect();
            }
        }
    }

    private static Throwable write(Answer answer, ChunkedStream out) throws IOException {
        try {
            answer.rest().writeTo(out);
            return null;
        } catch (Throwable e) {
            if (!Fatal.is(e)) {
                out.throwIfLost();
            }
            return e;
        }
    }

    private static String trailers(ErrorReport error) {
        return type(error) + "Lambda-Runtime-Function-Error-Body: " + Base64.getEncoder().encodeToString(error.json()) + "\r\n";
    }

    /** Reports that an invocation failed. */
    void fail(String id, ErrorReport error) throws IOException {
        post("invocation/" + id + "/error", type(error), error.json());
    }

    /** Reports that the function can't start. End the process afterwards. */
    void failInit(ErrorReport error) throws IOException {
        post("init/error", type(error), error.json());
    }

    /** Reports that the function can't continue from a snapshot. End the process afterwards. */
    void failRestore(ErrorReport error) throws IOException {
        post("restore/error", type(error), error.json());
    }

    private static String type(ErrorReport error) {
        return "Lambda-Runtime-Function-Error-Type: " + error.type() + "\r\n";
    }

    // Posts again if no part of an answer was received. That is safe: the Runtime API identifies each reply by its invocation's
    // id and refuses a second one.
    private void post(String path, String headers, byte[] body) throws IOException {
        byte[] head = head("POST", path, headers + "Content-Type: application/json\r\nContent-Length: " + body.length + "\r\n");
        boolean again = false;
        HttpAnswer answer;
        try {
            answer = exchange(head, body);
        } catch (Unanswered e) {
            again = true;
            answer = exchange(head, body);
        }
        check(path, answer, again);
    }

    private static void check(String path, HttpAnswer answer, boolean again) throws BrokenAnswer {
        if (answer.status() >= 500) {
            throw new BrokenAnswer("The Runtime API failed: it answered POST " + path + " with " + answer.shown());
        }
        if (!answer.isSuccess() && !again) {
            System.err.println("karamon: the Runtime API refused POST " + path + ": " + answer.shown());
        }
    }

    /** Thrown when a connection was lost before any part of an answer was received. */
    private static final class Unanswered extends IOException {
        private static final long serialVersionUID = 1L;

        Unanswered(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }

    private HttpAnswer exchange(byte[] head, byte[] body) throws IOException {
        try {
            if (connection == null) {
                connection = new Connection(address);
            }
            OutputStream out = connection.out();
            out.write(head);
            out.write(body);
            out.flush();
            HttpAnswer answer = connection.answer();
            if (!answer.reusable()) {
                disconnect();
            }
            return answer;
        } catch (IOException e) {
            boolean answering = connection != null && connection.isAnswering();
            disconnect();
            throw answering || e instanceof BrokenAnswer ? e : new Unanswered(e);
        }
    }

    private void disconnect() {
        if (connection != null) {
            connection.close();
            connection = null;
        }
    }

    private byte[] head(String method, String path, String headers) {
        // Class names may contain any character, but headers can't: others become question marks.
        return (method + " " + PATH + path + " HTTP/1.1\r\nHost: " + address + "\r\nUser-Agent: karamon\r\n" + headers + "\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }
}
