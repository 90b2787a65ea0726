package karamon.etag;

/**
 * Computes MD5s of messages of one length in lockstep, one in each lane. An instance is used by one thread at a time,
 * and computes one batch after another.
 */
interface LaneMd5 {
    /** Returns how many messages there are at a time. */
    int lanes();

    /** Begins new messages. */
    void begin();

    /**
     * Takes the next blocks of 64 bytes of each message.
     *
     * @param bytes lane n's blocks from n times {@code stride} on
     */
    void update(byte[] bytes, int stride, int blocks);

    /** Returns a lane's state, that is its MD5 once the padding was taken. */
    byte[] digest(int lane);
}
