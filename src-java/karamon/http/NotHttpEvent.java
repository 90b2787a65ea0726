package karamon.http;

/** Thrown for an event that isn't from an HTTP source; the message names the event's keys. */
public final class NotHttpEvent extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    NotHttpEvent(String message) {
        super(message);
    }
}
