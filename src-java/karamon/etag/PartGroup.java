package karamon.etag;

/** Parts that are hashed in lanes side by side, a piece of each at a time, by one thread after another. */
final class PartGroup {
    final Claims.Claim claim;
    final Lanes.Choice choice;
    /** Null where lanes don't pay. */
    final LaneMd5 kernel;
    /** Of each part, in bytes; more than there are once the padding was taken. */
    long done;
    /** What the kernel took for a byte when it was fastest, in nanoseconds. */
    double best = Double.MAX_VALUE;

    PartGroup(Claims.Claim claim, Lanes.Choice choice) {
        this.claim = claim;
        this.choice = choice;
        kernel = claim.count() < choice.least() ? null : choice.kernel().get();
        if (kernel != null) {
            kernel.begin();
        }
    }

    /** Returns how many bytes of each part are left. */
    long left() {
        return claim.length() - done;
    }
}
