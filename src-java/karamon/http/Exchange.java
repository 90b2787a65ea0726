package karamon.http;

import clojure.lang.IPersistentMap;
import karamon.json.JsonWriter;

/**
 * One HTTP event: makes the request map for the handler, and converts the handler's response map to the reply that the event's
 * source expects. For one thread.
 */
public final class Exchange {
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
     * Reads an event and detects its source.
     *
     * @param event the JSON that AWS sent; not changed, not copied
     * @param options the handler's options
     * @return an exchange
     * @throws karamon.json.MalformedJson when the bytes aren't JSON
     * @throws NotHttpEvent when the event isn't from an HTTP source
     */
    public static Exchange of(byte[] event, ReadOptions options) {
        return of(event, options, false);
    }

    /**
     * Reads an event and detects its source.
     *
     * @param event the JSON that AWS sent; not changed, not copied
     * @param options the handler's options
     * @param streamed whether {@link #answer} streams if the source accepts that
     * @return an exchange
     * @throws karamon.json.MalformedJson when the bytes aren't JSON
     * @throws NotHttpEvent when the event isn't from an HTTP source
     */
    public static Exchange of(byte[] event, ReadOptions options, boolean streamed) {
        return new Exchange(Event.read(event, options.source(), options.exact()), options, streamed);
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
     * Returns the request map; {@code docs/handlers.md} describes its keys.
     *
     * @return a map with keywords for keys
     * @throws BadRequest when the body can't be read, or the client's names were made to collide
     */
    public IPersistentMap request() {
        return RequestMap.of(event, options);
    }

    /**
     * Returns the reply to a response map; a stream in it is read and closed.
     *
     * @param response {@code :status}, {@code :headers}, {@code :cookies} and {@code :body}, as {@code docs/handlers.md}
     *     describes them
     * @return JSON, within the source's limit
     * @throws BadResponse when the response is invalid
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
     * Returns the answer to a response map. It is streamed if this exchange is and the source accepts that. For Karamon's own
     * server, it has the parts of an HTTP response.
     *
     * @param response as for {@link #reply}
     * @return the reply, with the rest if it is streamed
     * @throws BadResponse when the response is invalid
     */
    public Answer answer(Object response) {
        boolean streams = streamed && event.isStreamed();
        if (!streams && event.source != Source.SERVER) {
            return Answer.whole(reply(response));
        }
        int limit = event.source.replyBytes();
        Response read = new Response(response, limit, isHead(), streams);
        return Answer.of(new Reply(event.source, false, read), limit, read.streamed);
    }

    /**
     * Returns a warning about the parts of the last reply that its source can't accept.
     *
     * @return a message for the log; null when nothing was lost
     */
    public String warning() {
        return warning;
    }

    private boolean isHead() {
        return "HEAD".equals(RequestMap.method(event));
    }
}
