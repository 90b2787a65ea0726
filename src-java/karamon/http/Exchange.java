package karamon.http;

import clojure.lang.IPersistentMap;
import karamon.json.JsonWriter;

/**
 * One HTTP event on its way: the request map a handler gets for it, and the reply its source reads for what the handler
 * gives. For one thread.
 */
public final class Exchange {
    private final Event event;
    private final ReadOptions options;
    private String warning;

    private Exchange(Event event, ReadOptions options) {
        this.event = event;
        this.options = options;
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
        return new Exchange(Event.read(event, options.source()), options);
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
        Reply reply = new Reply(event.source, multiValue, new Response(response, limit, isHead()));
        byte[] json = JsonWriter.bytes(reply);
        if (json.length > limit) {
            throw Body.tooLarge(Integer.toString(json.length), limit);
        }
        warning = reply.warning();
        return json;
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
