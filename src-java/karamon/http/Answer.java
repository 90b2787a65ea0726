package karamon.http;

/**
 * A reply to send to Lambda: a whole reply, or the beginning of a streamed one with the body to follow.
 *
 * @param bytes the whole reply, as JSON; or the beginning of a streamed reply
 * @param rest the body of a streamed reply, to be written or closed; null for a whole reply
 */
public record Answer(byte[] bytes, StreamedBody rest) {
    /**
     * Returns a whole answer.
     *
     * @param bytes JSON
     * @return an answer without a rest
     */
    public static Answer whole(byte[] bytes) {
        return new Answer(bytes, null);
    }
}
