package karamon.http;

/** Thrown for a request that can't be read: the client's fault, a 400. */
public final class BadRequest extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    BadRequest(String message, Throwable cause) {
        super(message, cause);
    }
}
