package karamon.crac;

/** Never thrown; {@code org.crac} needs a class of this name. */
public final class RestoreException extends Exception {
    private static final long serialVersionUID = 1L;

    private RestoreException() {}
}
