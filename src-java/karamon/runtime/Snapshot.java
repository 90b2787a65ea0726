package karamon.runtime;

import org.crac.Context;
import org.crac.Core;
import org.crac.Resource;

/**
 * What Lambda calls before it takes a SnapStart snapshot: primes the handler. The one class that names {@code org.crac},
 * so that nothing else needs it.
 *
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-java.html">Runtime hooks</a>
 */
final class Snapshot implements Resource {
    private final Priming priming;

    private Snapshot(Priming priming) {
        this.priming = priming;
    }

    /**
     * Registers the hook. Hooks are called before the snapshot from the last registered to the first: call this once the
     * namespace is loaded, and what the namespace itself registered sees all that priming leaves behind.
     *
     * @return what the caller must hold on to, since AWS's registry holds it weakly
     * @throws NoClassDefFoundError when there is no {@code org.crac} on the class path
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

    /** Does nothing: Karamon holds no connections, and makes no random values and no ids of its own. */
    @Override
    public void afterRestore(Context<? extends Resource> context) {}
}
