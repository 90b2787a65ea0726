package karamon.etag;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** Threads that work on one task together, the calling one among them. The first failure ends them all. */
final class Crew {
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    /** What a thread does. */
    interface Work {
        void run() throws IOException;
    }

    /** Returns a watch that cancels the work of the others once one has failed. */
    Watch watch(Watch watch) {
        return new Watch(watch.progress(), () -> failure.get() != null || watch.cancelled().getAsBoolean());
    }

    /**
     * Runs all pieces, a thread for each, and returns when all are done.
     *
     * @throws IOException when a piece threw it, as with any other exception; or when this thread was interrupted
     */
    void run(List<? extends Work> pieces) throws IOException {
        List<Thread> threads = new ArrayList<>();
        for (Work piece : pieces.subList(1, pieces.size())) {
            Thread thread = new Thread(() -> attempt(piece), "karamon-etag");
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
        attempt(pieces.get(0));
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                    failure.compareAndSet(null, new InterruptedIOException("Hashing was interrupted"));
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        rethrow(failure.get());
    }

    private void attempt(Work piece) {
        try {
            piece.run();
        } catch (IOException | RuntimeException | Error e) {
            failure.compareAndSet(null, e);
        }
    }

    private static void rethrow(Throwable failure) throws IOException {
        if (failure instanceof IOException e) {
            throw e;
        } else if (failure instanceof RuntimeException e) {
            throw e;
        } else if (failure instanceof Error e) {
            throw e;
        }
    }
}
