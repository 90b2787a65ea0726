package karamon.server;

import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.lang.reflect.Proxy;
import karamon.log.Log;
import karamon.runtime.OutputLogger;

/**
 * Runs what is to be done at SIGTERM before the JVM runs its shutdown hooks: those of a function, such as closing a pool, must come
 * after the last request. Without {@code sun.misc.Signal}, in the module {@code jdk.unsupported}, it runs as one of the hooks.
 */
final class Signals {
    private Signals() {}

    /** Runs an action at SIGTERM and SIGINT, once, and then ends the process: with 0, or with 1 if it threw. */
    static void onStop(Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, (self, method, arguments) -> {
                if (!method.getName().equals("handle")) {
                    return method.getName().equals("equals") ? self == arguments[0] : System.identityHashCode(self);
                }
                new Thread(() -> stop(action), "stop").start();
                return null;
            });
            for (String name : new String[] {"TERM", "INT"}) {
                signal.getMethod("handle", signal, handler).invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
            }
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                action.run();
                Runtime.getRuntime().halt(0);
            }, "stop"));
        }
    }

    private static synchronized void stop(Runnable action) {
        int code = 1;
        try {
            action.run();
            code = 0;
        } catch (RuntimeException | Error e) {
            Log.ofTheProcess().report(OutputLogger.INSTANCE, LogLevel.ERROR, "the server didn't stop in order", null, e);
        } finally {
            System.exit(code);
        }
    }
}
