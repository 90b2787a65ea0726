package karamon.runtime;

import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.io.IOException;
import java.util.Map;
import karamon.log.Log;
import karamon.text.Failure;

/**
 * Karamon's own Lambda runtime, for {@code provided.al2023} and container images: the main class of the process that Lambda
 * starts. {@code java -cp 'FOLDER:FOLDER/lib/*' karamon.runtime.Bootstrap}
 *
 * <p>The first argument (an image's command) or else the environment variable {@code _HANDLER} names the Clojure function,
 * {@code example.core/hello}. {@code AWS_LAMBDA_RUNTIME_API} is the address of the Runtime API.
 * {@code AWS_LAMBDA_MAX_CONCURRENCY}, set by Lambda Managed Instances, is the number of concurrent invocations of the process
 * (default 1); they share only the handler. {@code AWS_LAMBDA_INITIALIZATION_TYPE} is {@code snap-start} where Lambda is to take
 * a snapshot of the process: see {@link SnapStart}.
 *
 * <p>Sources: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html and
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
public final class Bootstrap implements Runnable {
    private final Loop loop;

    private Bootstrap(Loop loop) {
        this.loop = loop;
    }

    /**
     * Loads the handler and answers invocations until the process is stopped. Exits with 1 if the handler can't be loaded, after
     * reporting that to Lambda; if the Runtime API is gone or sends an invalid answer; and after an error such as an
     * {@link OutOfMemoryError}.
     *
     * @param arguments the handler's name, in place of the environment's
     */
    public static void main(String[] arguments) {
        Map<String, String> environment = System.getenv();
        String address = environment.get("AWS_LAMBDA_RUNTIME_API");
        RuntimeCalls calls = null;
        Handler handler = null;
        int concurrency = 0;
        try {
            calls = new RuntimeCalls(RuntimeAddress.of(address));
            Handlers.prepare(environment);
            boolean snapshot = Handlers.takesSnapshot(environment);
            if (snapshot) {
                SnapStart.prepare();
            }
            String name = arguments.length > 0
                    ? HandlerName.ofArgument(Bootstrap.class, arguments[0])
                    : HandlerName.of("_HANDLER", environment);
            handler = Handlers.load("_HANDLER", name);
            concurrency = concurrency(environment.get("AWS_LAMBDA_MAX_CONCURRENCY"));
            if (snapshot) {
                SnapStart.takeSnapshot(name, handler, environment, calls);
            }
        } catch (Throwable e) {
            end("the function can't start", e, calls == null ? null : calls::failInit, null);
        }
        FunctionSettings settings = FunctionSettings.of(environment);
        for (int i = 1; i < concurrency; i++) {
            start("invocations-" + i, handler, new RuntimeCalls(RuntimeAddress.of(address)), settings);
        }
        new Bootstrap(new Loop(handler, calls, settings, concurrency == 1)).run();
    }

    /** Answers invocations on a new thread. */
    static void start(String thread, Handler handler, RuntimeCalls calls, FunctionSettings settings) {
        new Thread(new Bootstrap(new Loop(handler, calls, settings, false)), thread).start();
    }

    /** Answers one invocation after the other, and ends the process after a fatal error. */
    @Override
    public void run() {
        try {
            loop.run();
        } catch (IOException e) {
            System.err.println("karamon: " + Failure.message(e));
            System.exit(1);
        } catch (Throwable e) {
            try {
                System.err.println("karamon: fatal error: " + Failure.summary(e));
            } finally {
                // Skips shutdown hooks: without memory they may never end, and Lambda waits for the process.
                Runtime.getRuntime().halt(1);
            }
        }
    }

    static int concurrency(String number) {
        try {
            int concurrency = number == null || number.isEmpty() ? 1 : Integer.parseInt(number);
            if (concurrency > 0) {
                return concurrency;
            }
        } catch (NumberFormatException e) {
            // Falls through to the error below.
        }
        throw new IllegalArgumentException("AWS_LAMBDA_MAX_CONCURRENCY must be a whole number from 1, found " + number);
    }

    /** Reports an error to Lambda. */
    interface Reporter {
        void report(ErrorReport error) throws IOException;
    }

    /**
     * Logs an error, reports it and ends the process.
     *
     * @param reporter null if the Runtime API isn't known
     * @param type the error's type for Lambda; null for the name of its class
     */
    static void end(String what, Throwable thrown, Reporter reporter, String type) {
        try {
            log(what, thrown);
            if (reporter != null) {
                ErrorReport report = ErrorReport.of(thrown);
                reporter.report(type == null ? report : new ErrorReport(type, report.json()));
            }
        } catch (IOException e) {
            System.err.println("karamon: can't report that " + what + ": " + e.getMessage());
        } finally {
            Runtime.getRuntime().halt(1);
        }
    }

    // The log needs Clojure, which may be missing.
    private static void log(String what, Throwable thrown) {
        try {
            Log.ofTheProcess().report(OutputLogger.INSTANCE, LogLevel.ERROR, what, null, thrown);
        } catch (LinkageError e) {
            thrown.printStackTrace();
        }
    }
}
