package karamon.etag;

/** Thrown when a command is called wrongly; its exit code is 2. */
final class UsageError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UsageError(String message) {
        super(message);
    }
}
