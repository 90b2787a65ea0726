package karamon.crac;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import karamon.text.Fatal;

/** The registered hooks. Safe for many threads. */
public final class Context {
    private final List<Resource> resources = new ArrayList<>();

    Context() {}

    /**
     * Adds a pair of hooks.
     *
     * @param resource the hooks; {@code org.crac} passes one that holds the user's weakly
     */
    public synchronized void register(Resource resource) {
        resources.add(resource);
    }

    /**
     * Calls all hooks that are meant for the time before a snapshot, from the last registered to the first.
     *
     * @throws Exception the first failure, after all hooks were called; others are suppressed exceptions of it
     */
    public void beforeCheckpoint() throws Exception {
        List<Resource> reversed = registered();
        Collections.reverse(reversed);
        Failures failures = new Failures();
        for (Resource resource : reversed) {
            try {
                resource.beforeCheckpoint(this);
            } catch (Throwable e) {
                failures.add(e);
            }
        }
        failures.rethrow();
    }

    /**
     * Calls all hooks that are meant for the time after a start from a snapshot, in the order of their registration.
     *
     * @throws Exception the first failure, after all hooks were called; others are suppressed exceptions of it
     */
    public void afterRestore() throws Exception {
        Failures failures = new Failures();
        for (Resource resource : registered()) {
            try {
                resource.afterRestore(this);
            } catch (Throwable e) {
                failures.add(e);
            }
        }
        failures.rethrow();
    }

    // A hook may register others: those are called from the next time on.
    private synchronized List<Resource> registered() {
        return new ArrayList<>(resources);
    }

    private static final class Failures {
        private Throwable first;

        void add(Throwable thrown) {
            Fatal.rethrow(thrown);
            if (first == null) {
                first = thrown;
            } else if (first != thrown) {
                first.addSuppressed(thrown);
            }
        }

        void rethrow() throws Exception {
            if (first instanceof Error e) {
                throw e;
            }
            if (first != null) {
                throw (Exception) first;
            }
        }
    }
}
