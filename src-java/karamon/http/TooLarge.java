package karamon.http;

/** Thrown for a response that is larger than its source's limit. */
public final class TooLarge extends BadResponse {
    private static final long serialVersionUID = 1L;

    /** For a response of unknown size, whose reading stopped at the limit. */
    TooLarge(int limit) {
        super("The response is too large: more than the " + limit + " bytes that can be sent");
    }

    TooLarge(int size, int limit) {
        super("The response is too large: " + size + " bytes, where at most " + limit + " can be sent");
    }
}
