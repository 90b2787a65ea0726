package karamon.runtime;

import com.amazonaws.services.lambda.runtime.Context;

/** Makes the contexts of a function's invocations on a server other than Lambda. Safe for many threads. */
public final class Contexts {
    private final FunctionSettings settings;

    /**
     * Makes contexts for a function, which log to standard output.
     *
     * @param function the function's name
     * @param memoryMb mebibytes; 0 if unknown
     */
    public Contexts(String function, int memoryMb) {
        this.settings = new FunctionSettings(function, null, memoryMb, null, null);
    }

    /**
     * Makes the context of one invocation.
     *
     * @param id the request id
     * @param deadlineMs the end of the function's time, in milliseconds since 1970
     * @param traceId a trace header in the form of AWS X-Ray; null for none
     * @return a context
     */
    public Context context(String id, long deadlineMs, String traceId) {
        return new InvocationContext(new Invocation(id, deadlineMs, null, traceId, null, null, null, null), settings, OutputLogger.INSTANCE);
    }
}
