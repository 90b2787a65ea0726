package karamon.server;

/** Thrown for a wrong setting. The message is one sentence: where it is, what was expected, and what was found. */
final class SettingError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SettingError(String message) {
        super(message);
    }
}
