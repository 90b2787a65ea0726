package karamon.etag;

/**
 * Decides whether preparing the lanes pays. It takes CPU time once, for each JVM, and lanes repay it with every byte. Measured
 * cold, with AVX-512: two seconds for vectors, half a second for loops, and for vectors too with the options of the command line,
 * which have HotSpot compile them at once.
 *
 * @param minBytes the number of bytes that repay it, together with those that are hashed meanwhile
 * @param maxNanos the time after which lanes that aren't faster yet are given up
 * @param inTurn whether a thread that hashes does it, before it hashes; otherwise another thread does it
 * @param maxWaiting up to this many threads wait for it. A few threads hash little meanwhile, at four times the cost; many hash
 *     much
 */
record Preparation(long minBytes, long maxNanos, boolean inTurn, int maxWaiting) {
    // Below this many parts, lanes never pay.
    private static final int MIN_PARTS = 5;
    private static final long MAX_NANOS = 6_000_000_000L;

    /** For vectors that HotSpot compiles when it finds that they are used often. */
    static final Preparation VECTORS = new Preparation(2L << 30, MAX_NANOS, false, 0);
    /** For loops, without the vector module. */
    static final Preparation LOOPS = new Preparation(512L << 20, MAX_NANOS, false, 0);
    /** For vectors that HotSpot compiles at their first use: the command's launcher gives it the options. */
    static final Preparation COMMAND_VECTORS = new Preparation(640L << 20, MAX_NANOS / 4, true, 3);
    /** For loops, in the command. */
    static final Preparation COMMAND_LOOPS = new Preparation(512L << 20, MAX_NANOS / 4, true, 0);

    /**
     * Returns whether preparing the lanes pays now.
     *
     * @param bytes the number of bytes to hash
     * @param before the number of bytes that this JVM has hashed without lanes; a JVM that hashes many files will hash more
     * @param parts the number of parts of the layout that has the most
     */
    boolean pays(long bytes, long before, int parts) {
        return parts >= MIN_PARTS && bytes + before >= minBytes;
    }
}
