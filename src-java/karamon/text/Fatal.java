package karamon.text;

/**
 * Decides which errors are fatal: those after which the JVM isn't reliable, such as an {@link OutOfMemoryError}. A
 * {@link StackOverflowError} isn't fatal, since it affects only its own invocation.
 */
public final class Fatal {
    private Fatal() {}

    /**
     * Returns whether an error is fatal.
     *
     * @param thrown may be null
     * @return true if whoever catches it must rethrow it; false for null
     */
    public static boolean is(Throwable thrown) {
        return thrown instanceof VirtualMachineError && !(thrown instanceof StackOverflowError);
    }

    /**
     * Throws a fatal error; does nothing for any other exception.
     *
     * @param thrown may be null
     */
    public static void rethrow(Throwable thrown) {
        if (is(thrown)) {
            throw (VirtualMachineError) thrown;
        }
    }
}
