package karamon.log;

/**
 * Decides which errors end a process: those after which the JVM can't be relied on, such as an {@link OutOfMemoryError}. A
 * {@link StackOverflowError} isn't one, since endless recursion ends with its own invocation.
 */
public final class Fatal {
    private Fatal() {}

    /**
     * Returns whether an error ends the process.
     *
     * @param thrown may be null
     * @return true for what must be thrown on, whoever catches it; false for null
     */
    public static boolean is(Throwable thrown) {
        return thrown instanceof VirtualMachineError && !(thrown instanceof StackOverflowError);
    }

    /**
     * Throws an error that ends the process, and does nothing for any other.
     *
     * @param thrown may be null
     */
    public static void rethrow(Throwable thrown) {
        if (is(thrown)) {
            throw (VirtualMachineError) thrown;
        }
    }
}
