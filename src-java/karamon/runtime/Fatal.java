package karamon.runtime;

/** Tells what a process can't survive: a machine without memory answers nothing. One handler's endless recursion harms nobody else. */
final class Fatal {
    private Fatal() {}

    /** Whether the process can't go on after this; null is nothing. */
    static boolean is(Throwable thrown) {
        return thrown instanceof VirtualMachineError && !(thrown instanceof StackOverflowError);
    }

    /** Throws what the process can't go on after, and nothing else. */
    static void rethrow(Throwable thrown) {
        if (is(thrown)) {
            throw (VirtualMachineError) thrown;
        }
    }
}
