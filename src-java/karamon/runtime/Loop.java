package karamon.runtime;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.io.IOException;
import karamon.http.Answer;
import karamon.log.Log;
import karamon.log.Running;
import karamon.text.Fatal;

/** Answers one invocation after the other. An exception of the handler fails only its invocation. For one thread. */
final class Loop {
    private static final String TRACE_HEADER = "com.amazonaws.xray.traceHeader";

    private final Handler handler;
    private final RuntimeCalls calls;
    private final FunctionSettings settings;
    private final boolean alone;

    /** @param alone whether no other loop of the process runs, so that the process's trace is the invocation's */
    Loop(Handler handler, RuntimeCalls calls, FunctionSettings settings, boolean alone) {
        this.handler = handler;
        this.calls = calls;
        this.settings = settings;
        this.alone = alone;
    }

    /**
     * Never returns.
     *
     * @throws IOException when the Runtime API is gone or its answer is invalid; the message is for the log
     * @throws VirtualMachineError a fatal error of the handler, which was reported; never a {@link StackOverflowError}
     */
    void run() throws IOException {
        while (true) {
            // Clears an interrupt left by an earlier invocation, which would end the next wait, the runtime's or the handler's.
            Thread.interrupted();
            Invocation invocation = calls.next();
            Thread.interrupted();
            if (alone) {
                setTrace(invocation.traceId());
            }
            Context context = new InvocationContext(invocation, settings, OutputLogger.INSTANCE);
            Running.begin(context);
            try {
                answer(invocation, context);
            } catch (BrokenAnswer e) {
                throw e;
            } catch (IOException e) {
                System.err.println("karamon: lost the connection to the Runtime API while sending the result of "
                                + invocation.id() + ": " + e.getMessage());
            } finally {
                Running.end();
            }
        }
    }

    // X-Ray's SDK and OpenTelemetry's propagator read it:
    // https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-build
    private static void setTrace(String header) {
        if (header == null) {
            System.clearProperty(TRACE_HEADER);
        } else {
            System.setProperty(TRACE_HEADER, header);
        }
    }

    private void answer(Invocation invocation, Context context) throws IOException {
        Answer answer;
        try {
            answer = handler.answer(invocation.event(), context);
        } catch (Throwable e) {
            fail(invocation, context, e);
            return;
        }
        if (answer.rest() == null) {
            calls.respond(invocation.id(), answer.bytes());
            return;
        }
        stream(invocation, context, answer);
    }

    private void stream(Invocation invocation, Context context, Answer answer) throws IOException {
        Throwable thrown = null;
        try {
            thrown = calls.stream(invocation.id(), answer);
            if (thrown != null) {
                log(context, thrown);
            }
        } finally {
            answer.rest().close();
            Fatal.rethrow(thrown);
        }
    }

    // Does each step even if the one before failed: without memory, even logging may fail.
    private void fail(Invocation invocation, Context context, Throwable thrown) throws IOException {
        try {
            log(context, thrown);
        } finally {
            try {
                calls.fail(invocation.id(), ErrorReport.of(thrown));
            } finally {
                Fatal.rethrow(thrown);
            }
        }
    }

    private static void log(Context context, Throwable thrown) {
        Log.ofTheProcess().report(context.getLogger(), LogLevel.ERROR, "the invocation failed", null, thrown);
    }
}
