package karamon.etag;

/** Parts that are hashed together in lanes, a piece of each at a time. Different threads may hash different pieces. */
final class PartGroup implements Comparable<PartGroup> {
    final Claims.Claim claim;
    final Lanes.Choice choice;
    /** Null if lanes don't pay. */
    final LaneMd5 kernel;
    /** Bytes hashed of each part; more than the part has once the padding is hashed. */
    long done;
    /** The kernel's best time for a byte, in nanoseconds. */
    double best = Double.MAX_VALUE;

    PartGroup(Claims.Claim claim, Lanes.Choice choice) {
        this.claim = claim;
        this.choice = choice;
        kernel = claim.count() < choice.minMessages() ? null : choice.kernel().get();
        if (kernel != null) {
            kernel.begin();
        }
    }

    /** Orders groups that have more bytes left first. */
    @Override
    public int compareTo(PartGroup other) {
        return Long.compare(other.left(), left());
    }

    /** Returns the number of bytes left of each part. */
    long left() {
        return claim.length() - done;
    }
}
