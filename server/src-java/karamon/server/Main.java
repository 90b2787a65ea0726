package karamon.server;

import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import karamon.log.Log;
import karamon.runtime.Handlers;
import karamon.runtime.InitError;
import karamon.runtime.OutputLogger;
import karamon.text.Failure;
import karamon.text.Fatal;

/**
 * Serves handlers over HTTP: the main class of a container. {@code docs/server.md} describes the environment variables and the
 * file of routes. {@code java -cp 'app.jar:lib/*' karamon.server.Main}
 */
public final class Main {
    private static final String MISMATCH =
            ". Jars of different versions don't work together: use karamon and karamon-server of the same version, and rebuild the package";

    private Main() {}

    /**
     * Serves until SIGTERM, and then exits with 0 after the last answer. Exits with 1, after one sentence, if a setting is wrong or
     * a function can't be loaded.
     *
     * @param arguments none
     */
    public static void main(String[] arguments) {
        run(environment -> {
            HandlerServer server = new HandlerServer(Settings.of(environment));
            Signals.onStop(server::drain);
        });
    }

    /** What a main class does with the environment. */
    interface Program {
        void run(Environment environment) throws Exception;
    }

    /** Runs a program; ends the process with 1 and a sentence if it can't start. */
    static void run(Program program) {
        setUnlessSet("karamon.log.format", "json");
        // Jetty and the SDK log through SLF4J, which would complain without a provider.
        setUnlessSet("slf4j.internal.verbosity", "ERROR");
        // Else Jetty asks the JVM's MBean server for the size of a reference, which takes a quarter of the server's start.
        setUnlessSet("org.eclipse.jetty.util.referencesPerCacheLine", "16");
        try {
            Environment environment = new Environment(System.getenv());
            Handlers.prepare(environment.variables());
            program.run(environment);
        } catch (SettingError e) {
            System.err.println("karamon: " + e.getMessage());
            Runtime.getRuntime().halt(1);
        } catch (Throwable e) {
            try {
                report(e);
            } catch (Throwable unreported) {
                // Jars of different versions: the log may lack what it needs as well.
                System.err.println("karamon: the server can't start: " + e + MISMATCH);
            } finally {
                Runtime.getRuntime().halt(1);
            }
        }
    }

    private static void report(Throwable thrown) {
        if (thrown instanceof InitError && thrown.getCause() == null) {
            System.err.println("karamon: " + thrown.getMessage());
        } else if (thrown instanceof LinkageError) {
            System.err.println("karamon: the server can't start: " + thrown + MISMATCH);
        } else {
            Log.ofTheProcess().report(OutputLogger.INSTANCE, LogLevel.ERROR, "the server can't start", null, thrown);
        }
    }

    /** Ends the process at once after a fatal error, such as an {@link OutOfMemoryError}; does nothing after any other. */
    static void die(Throwable thrown) {
        if (Fatal.is(thrown)) {
            try {
                System.err.println("karamon: fatal error: " + Failure.summary(thrown));
            } finally {
                Runtime.getRuntime().halt(1);
            }
        }
    }

    private static void setUnlessSet(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}
