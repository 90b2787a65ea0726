package karamon.runtime;

import clojure.lang.IExceptionInfo;
import clojure.lang.IFn;
import clojure.lang.IPersistentMap;
import clojure.lang.Keyword;
import clojure.lang.PersistentArrayMap;
import clojure.lang.RT;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.util.Map;
import karamon.http.Answer;
import karamon.http.BadRequest;
import karamon.http.Exchange;
import karamon.http.NotHttpEvent;
import karamon.http.ReadOptions;
import karamon.http.Source;
import karamon.http.TooLarge;
import karamon.log.Log;
import karamon.text.Failure;
import karamon.text.Fatal;

/**
 * A function of a request map and a context map that returns a response map.
 *
 * @param stream whether to stream replies if the runtime and the source can
 * @param onError a function of an exception, the request map and the context map that returns a response map, or nil for the
 *     default 500; may be null
 * @param other a function of an event that isn't HTTP, as data, and the context map; its result is written as JSON. Null for none
 */
record GatewayFunction(String name, IFn function, ReadOptions options, boolean stream, IFn onError, IFn other) implements Handler {
    private static final String UNSTREAMED =
            "It is set to stream, but this runtime or the event's source can't, so the response was built in memory.";
    private static final Keyword RESPONSE = Keyword.intern("karamon", "response");
    private static final Keyword STATUS = Keyword.intern(null, "status");
    private static final Keyword BODY = Keyword.intern(null, "body");
    private static final Keyword MESSAGE = Keyword.intern(null, "message");
    private static final Keyword REQUEST_ID = Keyword.intern(null, "requestId");

    static GatewayFunction of(String name, IFn function, Object options) {
        ReadOptions read = new ReadOptions(
                (String) option(options, "base-path"),
                Source.of(option(options, "source")),
                RT.booleanCast(option(options, "raw")),
                RT.booleanCast(option(options, "lazy-body")),
                isExact(options));
        boolean stream = RT.booleanCast(option(options, "stream"));
        return new GatewayFunction(name, function, read, stream, (IFn) option(options, "on-error"), (IFn) option(options, "other"));
    }

    /** Returns whether a handler's options ask for exact numbers. */
    static boolean isExact(Object options) {
        return option(options, "decimals") == Keyword.intern(null, "exact");
    }

    private static Object option(Object options, String name) {
        return RT.get(options, Keyword.intern(null, name));
    }

    @Override
    public byte[] handle(byte[] event, Context context) {
        return answer(event, context, false).bytes();
    }

    @Override
    public Answer answer(byte[] event, Context context) {
        return answer(event, context, stream);
    }

    private Answer answer(byte[] event, Context context, boolean streamed) {
        Exchange exchange;
        try {
            exchange = Exchange.of(event, options, streamed);
        } catch (NotHttpEvent e) {
            if (other == null) {
                throw e;
            }
            return new LambdaFunction(other, options.exact()).answer(event, context);
        }
        Answer answer = answer(exchange, context);
        if (exchange.warning() != null) {
            Log.ofTheProcess().report(context.getLogger(), LogLevel.WARN, name + ": " + exchange.warning(), null, null);
        }
        return answer;
    }

    private Answer answer(Exchange exchange, Context context) {
        IPersistentMap request = null;
        IPersistentMap contextMap = ContextMap.of(context);
        try {
            request = Observer.request(context, exchange.request());
            return exchange.answer(Observer.response(context, Later.await(function.invoke(request, contextMap), context)));
        } catch (Throwable e) {
            Fatal.rethrow(e);
            return recover(exchange, e, request, contextMap, context);
        }
    }

    private Answer recover(Exchange exchange, Throwable thrown, IPersistentMap request, IPersistentMap contextMap, Context context) {
        if (context instanceof Observer observer) {
            observer.failure(thrown);
        }
        try {
            Object response = chosenResponse(thrown);
            if (response == null && onError != null && request != null) {
                response = Later.await(onError.invoke(thrown, request, contextMap), context);
            }
            if (response != null) {
                return exchange.answer(Observer.response(context, response));
            }
        } catch (Throwable e) {
            Fatal.rethrow(e);
            Failure.suppress(thrown, e);
        }
        if (thrown instanceof BadRequest) {
            return exchange.answer(Observer.response(context, failure(400, thrown.getMessage(), context)));
        }
        log(thrown, context);
        boolean late = thrown instanceof Later.Late;
        return exchange.answer(Observer.response(
                context, late ? failure(504, "Gateway timeout", context) : failure(500, "Internal server error", context)));
    }

    // Threads and futures may have wrapped the exception.
    private static Object chosenResponse(Throwable thrown) {
        for (Throwable e : Failure.chain(thrown)) {
            Object response = e instanceof IExceptionInfo info ? RT.get(info.getData(), RESPONSE) : null;
            if (response != null) {
                return response;
            }
        }
        return null;
    }

    private static IPersistentMap failure(int status, String message, Context context) {
        IPersistentMap body = new PersistentArrayMap(new Object[] {MESSAGE, message, REQUEST_ID, context.getAwsRequestId()});
        return new PersistentArrayMap(new Object[] {STATUS, status, BODY, body});
    }

    private void log(Throwable thrown, Context context) {
        Map<String, String> data = stream && thrown instanceof TooLarge ? Map.of("hint", UNSTREAMED) : null;
        Log.ofTheProcess().report(context.getLogger(), LogLevel.ERROR, name + " failed", data, thrown);
    }
}
