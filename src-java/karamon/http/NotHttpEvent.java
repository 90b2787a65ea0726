package karamon.http;

/** Thrown for an event that no HTTP source sends; says what it has instead. */
public final class NotHttpEvent extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    NotHttpEvent(String message) {
        super(message);
    }
}
