package karamon.runtime;

/** Tells what a process can't survive: a machine without memory answers nothing. One handler's endless recursion harms nobody else. */
public final class Fatal {
    private Fatal() {}

    /**
     * Tells whether the process can't go on after something.
     *
     * @param thrown what was thrown; null is nothing
     * @return true for what must be thrown on
     */
    public static boolean is(Throwable thrown) {
        return thrown instanceof VirtualMachineError && !(thrown instanceof StackOverflowError);
    }

    /** Throws what the process can't go on after, and nothing else. */
    static void rethrow(Throwable thrown) {
        if (is(thrown)) {
            throw (VirtualMachineError) thrown;
        }
    }
}
