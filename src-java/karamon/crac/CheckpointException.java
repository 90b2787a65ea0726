package karamon.crac;

/** Never thrown; {@code org.crac} needs a class of this name. */
public final class CheckpointException extends Exception {
    private static final long serialVersionUID = 1L;

    private CheckpointException() {}
}
