package karamon.http;

import clojure.lang.IPersistentMap;
import java.util.Arrays;
import karamon.json.JsonWriter;

/**
 * One HTTP event on its way: the request map a handler gets for it, and the reply its source reads for what the handler
 * gives. For one thread.
 */
public final class Exchange {
    // What parts the beginning of a streamed reply from its body.
    private static final int NUL_BYTES = 8;

    private final Event event;
    private final ReadOptions options;
    private final boolean streamed;
    private String warning;

    private Exchange(Event event, ReadOptions options, boolean streamed) {
        this.event = event;
        this.options = options;
        this.streamed = streamed;
    }

    /**
     * Reads an event and tells its source.
     *
     * @param event the JSON that AWS sent; not changed, not copied
     * @param options what the handler asks for
     * @return an exchange
     * @throws karamon.json.MalformedJson when the bytes aren't JSON
     * @throws NotHttpEvent when no HTTP source sends such an event
     */
    public static Exchange of(byte[] event, ReadOptions options) {
        return of(event, options, false);
    }

    /**
     * Reads an event and tells its source.
     *
     * @param event the JSON that AWS sent; not changed, not copied
     * @param options what the handler asks for
     * @param streamed whether {@link #answer} streams where the source takes that
     * @return an exchange
     * @throws karamon.json.MalformedJson when the bytes aren't JSON
     * @throws NotHttpEvent when no HTTP source sends such an event
     */
    public static Exchange of(byte[] event, ReadOptions options, boolean streamed) {
        return new Exchange(Event.read(event, options.source()), options, streamed);
    }

    /**
     * Returns the source of the event.
     *
     * @return never null
     */
    public Source source() {
        return event.source;
    }

    /**
     * Returns the request map; {@code docs/handlers.md} tells its keys.
     *
     * @return a map with keywords for keys
     * @throws BadRequest when the body can't be read
     */
    public IPersistentMap request() {
        return RequestMap.of(event, options);
    }

    /**
     * Returns the reply to a response map; a stream in it is read and closed.
     *
     * @param response {@code :status}, {@code :headers}, {@code :cookies} and {@code :body}, each as told in
     *     {@code docs/handlers.md}
     * @return JSON, within the source's limit
     * @throws BadResponse when it can't be sent as it stands
     */
    public byte[] reply(Object response) {
        int limit = event.source.replyBytes();
        boolean multiValue = event.multiValueHeaders != null;
        Reply reply = new Reply(event.source, multiValue, new Response(response, limit, isHead(), false));
        byte[] json = JsonWriter.bytes(reply);
        if (json.length > limit) {
            throw new TooLarge(json.length, limit);
        }
        warning = reply.warning();
        return json;
    }

    /**
     * Returns the reply to a response map, streamed if that was asked for and the source takes it: status, headers and
     * cookies as JSON, eight NUL bytes, and the body to come. Its form: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
     *
     * @param response as for {@link #reply}
     * @return bytes, and the rest of them if it is streamed
     * @throws BadResponse when it can't be sent as it stands
     */
    public Answer answer(Object response) {
        if (!streamed || !event.isStreamed()) {
            return Answer.whole(reply(response));
        }
        Response read = new Response(response, event.source.replyBytes(), isHead(), true);
        byte[] beginning = JsonWriter.bytes(new Reply(event.source, false, read));
        return new Answer(Arrays.copyOf(beginning, beginning.length + NUL_BYTES), read.streamed);
    }

    /**
     * Returns what the last reply had to leave out because its source can't bear it.
     *
     * @return a sentence for the log; null when nothing was lost
     */
    public String warning() {
        return warning;
    }

    private boolean isHead() {
        return "HEAD".equals(RequestMap.method(event));
    }
}
