package karamon.http;

import java.util.Arrays;
import java.util.List;
import karamon.json.JsonWriter;

/**
 * A handler's answer, whole or the beginning of a streamed one: as JSON for Lambda and, if it answers a request of Karamon's own
 * server, as the parts of an HTTP response. For one thread.
 */
public final class Answer {
    // Separates the prelude of a streamed reply from its body:
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
    private static final int NUL_BYTES = 8;

    private final byte[] json;
    private final Reply reply;
    private final byte[] body;
    private final StreamedBody rest;

    private Answer(byte[] json, Reply reply, byte[] body, StreamedBody rest) {
        this.json = json;
        this.reply = reply;
        this.body = body;
        this.rest = rest;
    }

    /**
     * Returns a whole answer that isn't an HTTP response, or one that is only known as JSON.
     *
     * @param json the reply
     * @return an answer without a rest
     */
    public static Answer whole(byte[] json) {
        return new Answer(json, null, null, null);
    }

    /**
     * Returns an answer whose parts are known.
     *
     * @param limit the maximum size of the body, in bytes
     * @param rest the body of a streamed answer; null for a whole one
     * @throws TooLarge when the body is larger
     */
    static Answer of(Reply reply, int limit, StreamedBody rest) {
        byte[] body = reply.body();
        if (body.length > limit) {
            throw new TooLarge(body.length, limit);
        }
        return new Answer(null, reply, body, rest);
    }

    /**
     * Returns the reply for Lambda.
     *
     * @return the whole reply, as JSON; of a streamed one, the JSON and the NUL bytes that come before the body
     */
    public byte[] bytes() {
        if (reply == null) {
            return json;
        }
        byte[] bytes = JsonWriter.bytes(reply);
        return rest == null ? bytes : Arrays.copyOf(bytes, bytes.length + NUL_BYTES);
    }

    /**
     * Returns the body of a streamed answer.
     *
     * @return what is to be written or closed; null for a whole answer
     */
    public StreamedBody rest() {
        return rest;
    }

    /**
     * Returns whether {@link #status}, {@link #headers} and {@link #body} are known; else they must be read from {@link #bytes}.
     *
     * @return true or false
     */
    public boolean hasParts() {
        return reply != null;
    }

    /**
     * Returns the status code.
     *
     * @return a number from 200 to 599
     */
    public int status() {
        return reply.status();
    }

    /**
     * Returns the headers, checked.
     *
     * @return names and values in turn; of all names, only {@code set-cookie} may come again
     */
    public List<String> headers() {
        return reply.headers();
    }

    /**
     * Returns the body of a whole answer.
     *
     * @return bytes, empty for none; not copied
     */
    public byte[] body() {
        return body;
    }
}
