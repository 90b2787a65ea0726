package karamon.runtime;

import org.crac.Context;
import org.crac.Core;
import org.crac.Resource;

/**
 * The hook that Lambda calls before it takes a SnapStart snapshot: primes the handler. Only this class refers to
 * {@code org.crac}, so that nothing else needs it.
 *
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-java.html">Runtime hooks</a>
 */
final class Snapshot implements Resource {
    private final Priming priming;

    private Snapshot(Priming priming) {
        this.priming = priming;
    }

    /**
     * Registers the hook. Before the snapshot, hooks are called from the last registered to the first. So call this after loading
     * the namespace: hooks of the namespace then run after priming.
     *
     * @return an object that the caller must keep, since AWS's registry holds it weakly
     * @throws NoClassDefFoundError when {@code org.crac} isn't on the class path
     */
    static Object register(Priming priming) {
        Snapshot snapshot = new Snapshot(priming);
        Core.getGlobalContext().register(snapshot);
        return snapshot;
    }

    @Override
    public void beforeCheckpoint(Context<? extends Resource> context) {
        priming.run();
    }

    /** Does nothing: Karamon has no connections, random values or ids to renew. */
    @Override
    public void afterRestore(Context<? extends Resource> context) {}
}
