package karamon.etag;

import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/**
 * Who wants to know how far a hasher is, and may stop it. Both are called from the hasher's threads, at once.
 *
 * @param progress gets the bytes hashed since it was called last; over a whole run they add up to the source's size times
 *     the count of layouts
 * @param cancelled answers true once the hasher is to stop
 */
public record Watch(LongConsumer progress, BooleanSupplier cancelled) {
    /** Nobody. */
    public static final Watch NONE = new Watch(bytes -> {}, () -> false);

    /** Checks that both are there. */
    public Watch {
        Objects.requireNonNull(progress, "progress");
        Objects.requireNonNull(cancelled, "cancelled");
    }

    void hashed(long bytes) {
        if (cancelled.getAsBoolean()) {
            throw new CancellationException("Hashing was cancelled");
        }
        progress.accept(bytes);
    }
}
