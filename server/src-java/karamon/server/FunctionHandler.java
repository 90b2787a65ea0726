package karamon.server;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import karamon.http.Answer;
import karamon.log.Log;
import karamon.log.Running;
import karamon.runtime.OutputLogger;
import karamon.text.Fatal;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Answers requests by the functions of a service. */
final class FunctionHandler extends Handler.Abstract {
    private static final Reply BUSY = Reply.message(503, "Service Unavailable", "retry-after", "1");
    private static final Reply FAILED = Reply.message(500, "Internal Server Error");

    private final Service service;
    private final Settings settings;
    private final Metrics metrics;
    private final Set<Call> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicLong bodies = new AtomicLong();
    // Of the heap: a body is in memory up to nine times until a function has it, such as in base64 and in the event.
    private final long maxBodies;
    private volatile boolean draining;

    FunctionHandler(Service service, Settings settings, Metrics metrics) {
        this.service = service;
        this.settings = settings;
        this.metrics = metrics;
        this.maxBodies = Math.max(settings.maxBody(), Runtime.getRuntime().maxMemory() / 16);
    }

    /** From now on, each answer asks its client to open another connection, if need be to another server. */
    void drain() {
        draining = true;
    }

    /** Returns the number of requests that aren't answered. */
    int open() {
        return open.size();
    }

    /** Answers the requests whose time is up. */
    void expire() {
        long now = System.currentTimeMillis();
        for (Call call : open) {
            try {
                call.expire(now);
            } catch (RuntimeException e) {
                // The others must not wait for ever.
                Log.ofTheProcess().report(OutputLogger.INSTANCE, LogLevel.ERROR, "can't end a request whose time is up", null, e);
            }
        }
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        Incoming incoming = Incoming.of(request, settings.forwarded());
        Routes.Match match = service.routes().find(incoming.method(), incoming.path());
        boolean preflight = Cors.isPreflight(incoming);
        Routes.Match wanted = preflight && match == null
                ? service.routes().find(incoming.header("access-control-request-method"), incoming.path())
                : match;
        Cors cors = service.cors(wanted);
        metrics.begin();
        Call call = new Call(request, response, callback, incoming, match, preflight ? null : cors, draining, this::finish);
        open.add(call);
        if (cors != null && preflight) {
            call.allow(1000L * settings.requestTimeout());
            call.answer(cors.preflight(incoming));
        } else if (match == null) {
            call.allow(1000L * settings.requestTimeout());
            call.answer(Reply.message(404, "Not Found"));
        } else {
            receive(call);
        }
        return true;
    }

    private void finish(Call call) {
        open.remove(call);
        bodies.addAndGet(-call.release());
        metrics.end(call.match() == null ? null : call.match().route(), call.response().getStatus(), call.nanos());
    }

    private void receive(Call call) {
        long length = call.request().getLength();
        if (length > settings.maxBody()) {
            call.allow(1000L * settings.requestTimeout());
            refuseBody(call);
        } else if (length == 0 || length < 0 && HttpMethod.GET.is(call.incoming().method()) && !call.request().getHeaders().contains("transfer-encoding")
                && call.request().getConnectionMetaData().getHttpVersion().getVersion() < 20) {
            answer(call, null);
        } else {
            call.allow(1000L * settings.requestTimeout());
            new BodyReader(call, settings.maxBody(), bytes -> hasRoom(call, bytes), body -> answer(call, body), thrown -> unread(call, thrown)).run();
        }
    }

    private boolean hasRoom(Call call, int bytes) {
        return !call.keep(bytes) || bodies.addAndGet(bytes) <= maxBodies;
    }

    private static void refuseBody(Call call) {
        call.answer(Reply.message(413, "Content Too Large", "connection", "close"));
    }

    private void unread(Call call, Throwable thrown) {
        if (thrown == BodyReader.TOO_LARGE) {
            refuseBody(call);
        } else if (thrown == BodyReader.NO_ROOM) {
            metrics.refuse();
            call.answer(BUSY);
        } else {
            int status = thrown instanceof HttpException http ? http.getCode() : 400;
            call.answer(Reply.message(status, status == 408 ? "Request Timeout" : "Bad Request", "connection", "close"));
        }
    }

    private void answer(Call call, byte[] body) {
        call.allow(call.match().route().timeoutMs());
        if (running.incrementAndGet() > settings.maxConcurrent()) {
            running.decrementAndGet();
            metrics.refuse();
            call.answer(BUSY);
            return;
        }
        call.enter();
        Reply reply = FAILED;
        try {
            reply = invoke(call, body);
        } catch (Throwable e) {
            call.answer(FAILED);
            Main.die(e);
        } finally {
            call.leave();
            running.decrementAndGet();
        }
        // Only now: the client may send the next request before this thread goes on, and it must not count this one.
        if (reply != null) {
            call.answer(reply);
        }
    }

    /** Returns the answer; null if it was streamed. */
    private Reply invoke(Call call, byte[] body) {
        Route route = call.match().route();
        Context context = Service.context(route, call);
        Running.begin(context);
        try {
            Authorizer.Decision decision = route.authorizer() == null ? null : route.authorizer().decide(call);
            if (decision != null && decision.refusal() != null) {
                return decision.refusal();
            }
            Object authorizer = decision == null ? null : decision.context();
            byte[] event = new RequestEvent(call.incoming(), route.key(), call.match().parameters(), body, authorizer, null).bytes();
            Answer answer = route.handler().answer(event, context);
            if (answer.rest() == null) {
                return Reply.of(answer);
            }
            stream(call, answer);
            return null;
        } catch (Throwable e) {
            Fatal.rethrow(e);
            Log.ofTheProcess().report(OutputLogger.INSTANCE, LogLevel.ERROR, route.function() + " failed", null, e);
            return FAILED;
        } finally {
            Running.end();
        }
    }

    private static void stream(Call call, Answer answer) throws IOException {
        try {
            if (!call.begin(Reply.of(answer))) {
                return;
            }
            // Flushes only what the body flushes.
            OutputStream out = Response.asBufferedOutputStream(call.request(), call.response());
            answer.rest().writeTo(out);
            out.close();
            call.end(null);
        } catch (Throwable e) {
            call.end(e);
            throw e;
        } finally {
            answer.rest().close();
        }
    }
}
