package karamon.http;

/**
 * A reply on its way to Lambda: whole, or the beginning of one and what gives the rest.
 *
 * @param bytes the whole reply, JSON; or the beginning of one that is streamed
 * @param rest gives what follows; null for a whole reply. Write or close it.
 */
public record Answer(byte[] bytes, StreamedBody rest) {
    /**
     * Returns an answer that is whole.
     *
     * @param bytes JSON
     * @return an answer without a rest
     */
    public static Answer whole(byte[] bytes) {
        return new Answer(bytes, null);
    }
}
