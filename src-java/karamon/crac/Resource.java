package karamon.crac;

/** A pair of hooks. */
public interface Resource {
    /**
     * Called before the snapshot is taken.
     *
     * @param context where this is registered
     * @throws Exception when no snapshot must be taken
     */
    void beforeCheckpoint(Context context) throws Exception;

    /**
     * Called after each start from the snapshot.
     *
     * @param context where this is registered
     * @throws Exception when the process must end
     */
    void afterRestore(Context context) throws Exception;
}
