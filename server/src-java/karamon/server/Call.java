package karamon.server;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * One request to a route, and its answer, which is sent once: by the handler's thread, or when its time is up by another one.
 */
final class Call {
    private final Request request;
    private final Response response;
    private final Callback callback;
    private final Incoming incoming;
    private final Routes.Match match;
    private final Cors cors;
    private final boolean closes;
    private final Consumer<Call> finished;
    private final long begunNanos = System.nanoTime();
    private final AtomicBoolean answered = new AtomicBoolean();
    private final AtomicBoolean ended = new AtomicBoolean();
    // None until the first step begins: the clock may look at a call before that.
    private volatile long deadlineMs = Long.MAX_VALUE;
    private int bodyBytes;
    private boolean released;
    private boolean arrived;
    private boolean timedOut;
    private Thread thread;

    /** @param finished is told the call when its answer was sent, or can't be */
    Call(Request request, Response response, Callback callback, Incoming incoming, Routes.Match match, Cors cors, boolean closes,
            Consumer<Call> finished) {
        this.request = request;
        this.response = response;
        this.callback = callback;
        this.incoming = incoming;
        this.match = match;
        this.cors = cors;
        this.closes = closes;
        this.finished = finished;
    }

    // By its time, since Java's own takes longer. Calls are equal only to themselves.
    @Override
    public int hashCode() {
        return Long.hashCode(begunNanos);
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    Request request() {
        return request;
    }

    Incoming incoming() {
        return incoming;
    }

    Routes.Match match() {
        return match;
    }

    /** Returns the end of this request's time, in milliseconds since 1970. */
    long deadlineMs() {
        return deadlineMs;
    }

    /** Sets the time for the step that begins now. */
    void allow(long ms) {
        deadlineMs = System.currentTimeMillis() + ms;
    }

    /** Counts bytes that are kept of the body; returns false, and counts nothing, after {@link #release}. */
    synchronized boolean keep(int bytes) {
        bodyBytes += released ? 0 : bytes;
        return !released;
    }

    /** The body isn't kept any more; returns how many bytes were counted. */
    synchronized int release() {
        released = true;
        return bodyBytes;
    }

    boolean isAnswered() {
        return answered.get();
    }

    /** The body has arrived: lets {@link #expire} interrupt the calling thread until {@link #leave} is called. */
    synchronized void enter() {
        arrived = true;
        thread = Thread.currentThread();
    }

    synchronized void leave() {
        thread = null;
        Thread.interrupted();
    }

    /** Answers with 504, or 408 if the body hasn't arrived, or cuts a stream, if the time is up; returns whether it is. */
    boolean expire(long nowMs) {
        if (nowMs < deadlineMs) {
            return false;
        }
        synchronized (this) {
            if (timedOut) {
                return true;
            }
            timedOut = true;
            if (thread != null) {
                thread.interrupt();
            }
            if (!answered.get()) {
                answer(arrived ? Reply.message(504, "Gateway timeout") : Reply.message(408, "Request Timeout", "connection", "close"));
                return true;
            }
        }
        end(new TimeoutException("The response took too long"));
        return true;
    }

    /** Sends an answer, unless another one was sent. */
    void answer(Reply reply) {
        if (!answered.compareAndSet(false, true)) {
            return;
        }
        Reply sent = cors == null ? reply : cors.applied(incoming, reply);
        writeHead(sent);
        if (sent.status() == 204 || sent.status() == 304) {
            response.write(true, null, callback());
        } else {
            response.write(true, ByteBuffer.wrap(sent.body()), callback());
        }
    }

    /** Sends the beginning of a streamed answer; returns false if another answer was sent. */
    boolean begin(Reply head) {
        if (!answered.compareAndSet(false, true)) {
            return false;
        }
        writeHead(cors == null ? head : cors.applied(incoming, head));
        return true;
    }

    Response response() {
        return response;
    }

    /** Ends a streamed answer; with an exception, the client sees that it is incomplete. */
    void end(Throwable thrown) {
        if (thrown == null) {
            callback().succeeded();
        } else {
            callback().failed(thrown);
        }
    }

    /** Returns the nanoseconds since the request's headers arrived. */
    long nanos() {
        return System.nanoTime() - begunNanos;
    }

    private Callback callback() {
        return new Callback() {
            @Override
            public void succeeded() {
                if (ended.compareAndSet(false, true)) {
                    finished.accept(Call.this);
                    callback.succeeded();
                }
            }

            @Override
            public void failed(Throwable thrown) {
                if (ended.compareAndSet(false, true)) {
                    finished.accept(Call.this);
                    callback.failed(thrown);
                }
            }

            @Override
            public InvocationType getInvocationType() {
                return InvocationType.NON_BLOCKING;
            }
        };
    }

    private void writeHead(Reply reply) {
        response.setStatus(reply.status());
        HttpFields.Mutable fields = response.getHeaders();
        List<String> headers = reply.headers();
        for (int i = 0; i < headers.size(); i += 2) {
            if (!headers.get(i).equalsIgnoreCase("content-length")) {
                fields.add(new HttpField(headers.get(i), headers.get(i + 1)));
            } else if (incoming.method().equals("HEAD") && reply.body().length == 0 && headers.get(i + 1).matches("\\d{1,18}")) {
                // Jetty counts the bytes itself; only an answer to HEAD may have none to count.
                fields.put(HttpHeader.CONTENT_LENGTH, headers.get(i + 1));
            }
        }
        if (closes && request.getConnectionMetaData().getHttpVersion() != HttpVersion.HTTP_2) {
            fields.put(HttpHeader.CONNECTION, "close");
        }
    }
}
