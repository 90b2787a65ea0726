package karamon.etag;

import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/**
 * Receives the progress of a hasher, and may stop it. Both functions are called from the hasher's threads, concurrently.
 *
 * @param progress gets the number of bytes hashed since its last call; these add up to the source's size times the number of
 *     layouts
 * @param cancelled returns true when the hasher should stop
 */
public record Watch(LongConsumer progress, BooleanSupplier cancelled) {
    /** Ignores progress, and never stops the hasher. */
    public static final Watch NONE = new Watch(new Ignored(), new Never());

    /** Checks that neither is null. */
    public Watch {
        Objects.requireNonNull(progress, "progress");
        Objects.requireNonNull(cancelled, "cancelled");
    }

    // Classes, not lambdas: the first lambda costs the command line much of its start.
    private static final class Ignored implements LongConsumer {
        @Override
        public void accept(long bytes) {}
    }

    private static final class Never implements BooleanSupplier {
        @Override
        public boolean getAsBoolean() {
            return false;
        }
    }

    void hashed(long bytes) {
        if (cancelled.getAsBoolean()) {
            throw new CancellationException("Hashing was cancelled");
        }
        progress.accept(bytes);
    }
}
