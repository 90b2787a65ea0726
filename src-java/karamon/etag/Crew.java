package karamon.etag;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

/** Threads, including the calling one, that work together on one task. The first failure stops all of them. */
final class Crew {
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    /** The work of one thread. */
    interface Work {
        void run() throws IOException;
    }

    /** Returns a watch that cancels the others' work once one thread has failed. */
    Watch watch(Watch watch) {
        return new Watch(watch.progress(), new BooleanSupplier() {
            @Override
            public boolean getAsBoolean() {
                return failure.get() != null || watch.cancelled().getAsBoolean();
            }
        });
    }

    /**
     * Runs each piece on its own thread, and returns when all are done.
     *
     * @throws IOException when a piece threw it, or this thread was interrupted; other exceptions of pieces are thrown likewise
     */
    void run(List<? extends Work> pieces) throws IOException {
        List<Thread> threads = new ArrayList<>();
        for (Work piece : pieces.subList(1, pieces.size())) {
            Thread thread = new Thread("karamon-etag") {
                @Override
                public void run() {
                    attempt(piece);
                }
            };
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
