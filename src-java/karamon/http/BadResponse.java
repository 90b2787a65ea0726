package karamon.http;

/** Thrown for an invalid response map: the handler's fault, a 500. */
public sealed class BadResponse extends IllegalArgumentException permits TooLarge {
    private static final long serialVersionUID = 1L;

    BadResponse(String message) {
        super(message);
    }

    BadResponse(String message, Throwable cause) {
        super(message, cause);
    }
}
