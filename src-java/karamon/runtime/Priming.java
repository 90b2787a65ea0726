package karamon.runtime;

import clojure.lang.ISeq;
import clojure.lang.Keyword;
import clojure.lang.RT;
import clojure.lang.Symbol;
import clojure.lang.Var;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.LambdaLogger;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Map;
import karamon.json.JsonWriter;
import karamon.log.Log;
import karamon.log.Running;
import karamon.text.Fatal;

/**
 * Calls a handler with the events that its var names, so that code for the first requests is loaded and compiled. Replies are
 * discarded; failures are logged and have no other effect.
 *
 * @param name of the handler, {@code namespace/name}; its namespace is loaded
 * @param handler the handler of that name
 * @param environment holds the function's name, version and memory
 * @param logger receives the calls' log entries, and a line at the end
 */
record Priming(String name, Handler handler, Map<String, String> environment, LambdaLogger logger) {
    private static final Keyword OPTION = Keyword.intern(null, "prime");
    private static final Keyword METADATA = Keyword.intern("karamon", "prime");
    private static final int CALLS = 200;
    // Lambda's limit for an init with SnapStart is 130 seconds, or the function's timeout if that is longer:
    // https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-java.html
    private static final long MAX_MS = 20_000;

    /**
     * Calls the handler 200 times with the events in turn, or once for each if there are more events. Makes fewer calls if all
     * events have failed, or if 20 seconds have passed.
     */
    void run() {
        run(CALLS, MAX_MS);
    }

    void run(int minCalls, long maxMs) {
        long start = System.currentTimeMillis();
        ArrayDeque<byte[]> events = events();
        FunctionSettings settings = FunctionSettings.of(environment);
        int wanted = Math.max(minCalls, events.size());
        int calls = 0;
        while (calls < wanted && !events.isEmpty() && System.currentTimeMillis() - start < maxMs) {
            byte[] event = events.poll();
            calls++;
            if (succeeds(Invocation.priming(start + maxMs, event), settings)) {
                events.add(event);
            }
        }
        if (calls > 0) {
            long ms = System.currentTimeMillis() - start;
            Log.ofTheProcess().report(logger, LogLevel.INFO, name + " primed: " + calls + " calls, " + ms + " ms", null, null);
        }
    }

    // A call that throws or logs a failure isn't repeated: repeating it would only fill the log.
    private boolean succeeds(Invocation call, FunctionSettings settings) {
        HeardLogger heard = new HeardLogger(logger);
        Context context = new InvocationContext(call, settings, heard);
        Running.begin(context, false);
        try {
            handler.handle(call.event(), context);
            return !heard.logged();
        } catch (Throwable e) {
            Fatal.rethrow(e);
            log("a priming call failed", e);
            return false;
        } finally {
            Running.end();
        }
    }

    private ArrayDeque<byte[]> events() {
        ArrayDeque<byte[]> events = new ArrayDeque<>();
        Var var = Var.find(Symbol.intern(name));
        try {
            Object named = RT.get(Handlers.options(var), OPTION, RT.get(var.meta(), METADATA));
            for (ISeq rest = RT.seq(named); rest != null; rest = rest.next()) {
                events.add(rest.first() instanceof String path ? resource(path) : JsonWriter.bytes(rest.first()));
            }
        } catch (IOException | RuntimeException e) {
            log("the priming events can't be read", e);
        }
        return events;
    }

    private static byte[] resource(String path) throws IOException {
        try (InputStream in = ClassPath.loader().getResourceAsStream(path)) {
            if (in == null) {
                throw new FileNotFoundException("There is no " + path + " on the class path");
            }
            return in.readAllBytes();
        }
    }

    private void log(String what, Throwable thrown) {
        Log.ofTheProcess().report(logger, LogLevel.WARN, name + ": " + what, null, thrown);
    }
}
