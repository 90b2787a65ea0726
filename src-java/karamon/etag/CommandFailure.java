package karamon.etag;

/** Thrown when a command can't do its work; its exit code is 1. The message is for its user. */
final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CommandFailure(String message) {
        super(message);
    }
}
