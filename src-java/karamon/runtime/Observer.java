package karamon.runtime;

import com.amazonaws.services.lambda.runtime.Context;

/**
 * Sees what happens within an invocation. A context that implements it is called by the handler that runs with it, on the
 * invocation's thread; the local gateway's console does so. Contexts on Lambda don't implement it.
 */
public interface Observer {
    /**
     * Called when the event was read, before the function is called.
     *
     * @param request the function's first argument: a request map, or the event as data
     */
    void request(Object request);

    /**
     * Called when the function returned, before its result is written; a later result is awaited first. Called again if
     * another response replaces it, such as that of {@code :on-error}.
     *
     * @param response the response map, or the result
     */
    void response(Object response);

    /**
     * Called when a gateway handler's function, reading or writing failed, and Karamon answers instead.
     *
     * @param thrown not null
     */
    void failure(Throwable thrown);

    /** Returns the value unchanged, and passes it to the context's {@link #request}. */
    static <T> T request(Context context, T request) {
        if (context instanceof Observer observer) {
            observer.request(request);
        }
        return request;
    }

    /** Returns the value unchanged, and passes it to the context's {@link #response}. */
    static <T> T response(Context context, T response) {
        if (context instanceof Observer observer) {
            observer.response(response);
        }
        return response;
    }
}
