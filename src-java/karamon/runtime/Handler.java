package karamon.runtime;

import com.amazonaws.services.lambda.runtime.Context;
import karamon.http.Answer;

/**
 * Answers invocations: an event's bytes in, a reply's bytes out. Used alike by the managed runtimes, the local gateway and
 * {@code karamon.local}. Safe for many threads.
 */
public interface Handler {
    /**
     * Answers one invocation.
     *
     * @param event the JSON that AWS sent
     * @param context of the invocation
     * @return the reply, as JSON
     * @throws karamon.json.MalformedJson when the event isn't JSON
     * @throws karamon.http.NotHttpEvent when a gateway handler gets an event that isn't from an HTTP source
     */
    byte[] handle(byte[] event, Context context);

    /**
     * Answers one invocation on a runtime that can stream.
     *
     * @param event the JSON that AWS sent
     * @param context of the invocation
     * @return the reply, as JSON; or its beginning and the body to follow, if the handler is set to stream and the event's source
     *     accepts that
     * @throws karamon.json.MalformedJson when the event isn't JSON
     * @throws karamon.http.NotHttpEvent when a gateway handler gets an event that isn't from an HTTP source
     */
    default Answer answer(byte[] event, Context context) {
        return Answer.whole(handle(event, context));
    }
}
