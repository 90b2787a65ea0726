package karamon.data;

/** Thrown for a value that isn't data; its message names the value's class and where it is. */
public final class NotData extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    NotData(String message) {
        super(message);
    }
}
