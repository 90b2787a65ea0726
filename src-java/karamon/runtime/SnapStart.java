package karamon.runtime;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.Map;
import karamon.crac.Context;
import karamon.crac.Core;

/**
 * A SnapStart snapshot on Karamon's own runtime: the runtime primes the handler, calls the hooks, and then waits until Lambda
 * has started the process from the snapshot. Loaded only with SnapStart.
 *
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-custom.html">Implementing SnapStart hooks
 *     for container images</a>
 */
final class SnapStart {
    // The JDK's NativePRNG, which all instances share, may keep up to 256 bytes of /dev/urandom for 100 ms. Taking as many makes it read
    // new ones: the kernel's differ in each start from the snapshot.
    private static final int KEPT_RANDOM_BYTES = 256;
    // Enough that its code is compiled in the snapshot: taking 256 bytes costs 2 ms before, and 0.1 ms after.
    private static final int FIRST_RANDOM_BYTES = 100_000;

    private SnapStart() {}

    /** Has {@code org.crac} use our registry. Call this before a namespace is loaded, which may register hooks. */
    static void prepare() {
        System.setProperty("org.crac.Core.Compat", Core.class.getPackageName());
    }

    /**
     * Primes the handler and calls the hooks before the snapshot. Then waits for the snapshot and the start from it, and calls the
     * hooks for that. Renews {@link SecureRandom} before those. Ends the process if a hook fails, after reporting that to Lambda.
     *
     * @param name of the handler, {@code namespace/name}
     * @throws IOException when the Runtime API is gone or knows no snapshots
     */
    static void takeSnapshot(String name, Handler handler, Map<String, String> environment, RuntimeCalls calls) throws IOException {
        new Priming(name, handler, environment, OutputLogger.INSTANCE).run();
        Context hooks = Core.getGlobalContext();
        try {
            hooks.beforeCheckpoint();
        } catch (Throwable e) {
            // These types are those of AWS's own client.
            Bootstrap.end("a function before the snapshot failed", e, calls::failInit, "Runtime.BeforeCheckpointError");
        }
        SecureRandom random = new SecureRandom();
        random.nextBytes(new byte[FIRST_RANDOM_BYTES]);
        calls.awaitRestore();
        random.nextBytes(new byte[KEPT_RANDOM_BYTES]);
        try {
            hooks.afterRestore();
        } catch (Throwable e) {
            Bootstrap.end("a function after the start from the snapshot failed", e, calls::failRestore, "Runtime.AfterRestoreError");
        }
    }
}
