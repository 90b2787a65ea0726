package karamon.crac;

/** Holds the one registry of a process. */
public final class Core {
    private static final Context CONTEXT = new Context();

    private Core() {}

    /**
     * Returns the registry.
     *
     * @return the same one each time
     */
    public static Context getGlobalContext() {
        return CONTEXT;
    }

    /**
     * Refuses: only Lambda decides when a snapshot is taken.
     *
     * @throws UnsupportedOperationException always
     */
    public static void checkpointRestore() {
        throw new UnsupportedOperationException("Lambda takes snapshots when a version is published; a function can't");
    }
}
