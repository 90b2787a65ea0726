package karamon.runtime;

import com.amazonaws.services.lambda.runtime.Context;
import karamon.http.Answer;

/**
 * Answers invocations: an event's bytes in, a reply's bytes out. The one path for the managed runtimes, the local
 * gateway and {@code karamon.local}. Safe for many threads.
 */
public interface Handler {
    /**
     * Answers one invocation.
     *
     * @param event the JSON that AWS sent
     * @param context of the invocation
     * @return the JSON to answer with
     * @throws karamon.json.MalformedJson when the event isn't JSON
     * @throws karamon.http.NotHttpEvent when a gateway handler gets an event that no HTTP source sends
     */
    byte[] handle(byte[] event, Context context);

    /**
     * Answers one invocation on a runtime that can stream.
     *
     * @param event the JSON that AWS sent
     * @param context of the invocation
     * @return the JSON to answer with; or its beginning and what gives the rest, where the handler is set to stream and the
     *     event's source takes that
     * @throws karamon.json.MalformedJson when the event isn't JSON
     * @throws karamon.http.NotHttpEvent when a gateway handler gets an event that no HTTP source sends
     */
    default Answer answer(byte[] event, Context context) {
        return Answer.whole(handle(event, context));
    }
}
