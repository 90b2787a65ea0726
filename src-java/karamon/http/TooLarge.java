package karamon.http;

/** Thrown for a response that is larger than its source's limit. */
public final class TooLarge extends BadResponse {
    private static final long serialVersionUID = 1L;

    /** A response whose size isn't known, as reading it stopped at the limit. */
    TooLarge(int limit) {
        super("The response is too large: more than the " + limit + " bytes that can be sent");
    }

    TooLarge(int size, int limit) {
        super("The response is too large: " + size + " bytes, where at most " + limit + " can be sent");
    }
}
