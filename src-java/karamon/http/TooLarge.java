package karamon.http;

/** Thrown for a response that is larger than its source's limit. */
public final class TooLarge extends BadResponse {
    private static final long serialVersionUID = 1L;

    TooLarge(String size, int limit) {
        super("The response is too large: " + size + " bytes, where at most " + limit + " can be sent");
    }
}
