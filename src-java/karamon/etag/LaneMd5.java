package karamon.etag;

/**
 * Computes the MD5s of messages of equal length in lockstep, one in each lane. An instance is used by one thread at a time and
 * computes one batch after another.
 */
interface LaneMd5 {
    /** Returns the number of messages in a batch. */
    int lanes();

    /** Begins a new batch. */
    void begin();

    /**
     * Adds the next blocks of 64 bytes of each message.
     *
     * @param bytes the blocks; those of lane n begin at n times {@code stride}
     */
    void update(byte[] bytes, int stride, int blocks);

    /** Returns a lane's state: its MD5, if the padding was added. */
    byte[] digest(int lane);
}
