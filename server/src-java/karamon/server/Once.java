package karamon.server;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import karamon.json.JsonReader;
import karamon.json.JsonWriter;
import karamon.json.Keys;
import karamon.json.MalformedJson;
import karamon.log.Log;
import karamon.log.Running;
import karamon.runtime.Contexts;
import karamon.runtime.Handler;
import karamon.runtime.HandlerName;
import karamon.runtime.Handlers;
import karamon.runtime.OutputLogger;
import karamon.text.Fatal;

/**
 * Runs a function for one event and ends, as a CronJob does: {@code java -cp 'app.jar:lib/*' karamon.server.Once [FILE]}.
 * {@code KARAMON_HANDLER} names the function. The event is the file's JSON, {@code -} for standard input, or the variable
 * {@code KARAMON_EVENT}, or a scheduled event of now. {@code KARAMON_REQUEST_TIMEOUT} (default 900 s) is in the context as the deadline.
 * The reply goes to standard output. Exits with 0; with 1 if the function fails or a setting is wrong.
 */
public final class Once {
    private static final int DEFAULT_SECONDS = 900;

    private Once() {}

    /**
     * Runs the function.
     *
     * @param arguments the file of the event
     */
    public static void main(String[] arguments) {
        Main.run(environment -> System.exit(run(environment, arguments)));
    }

    static int run(Environment environment, String[] arguments) {
        environment.required("KARAMON_HANDLER", "the function's namespace/name");
        String name = HandlerName.of("KARAMON_HANDLER", environment.variables()).strip();
        int seconds = environment.number("KARAMON_REQUEST_TIMEOUT", DEFAULT_SECONDS, 1, 86_400);
        byte[] event = event(environment, arguments);
        Handler handler = Handlers.load(name);
        Context context = new Contexts(name, 0).context(Trace.of(null).id(), System.currentTimeMillis() + 1000L * seconds, null);
        Running.begin(context);
        try {
            OutputLogger.INSTANCE.log(new String(handler.handle(event, context), StandardCharsets.UTF_8));
            return 0;
        } catch (Throwable e) {
            Fatal.rethrow(e);
            Log.ofTheProcess().report(OutputLogger.INSTANCE, LogLevel.ERROR, name + " failed", null, e);
            return 1;
        } finally {
            Running.end();
        }
    }

    private static byte[] event(Environment environment, String[] arguments) {
        String text = environment.text("KARAMON_EVENT");
        String place = arguments.length > 0 ? arguments[0] : "KARAMON_EVENT";
        try {
            byte[] event = arguments.length == 0
                    ? text == null ? scheduled() : text.getBytes(StandardCharsets.UTF_8)
                    : place.equals("-") ? System.in.readAllBytes() : Files.readAllBytes(Path.of(place));
            JsonReader.read(event, Keys.STRINGS);
            return event;
        } catch (IOException | InvalidPathException e) {
            throw new SettingError("The event's file " + place + " can't be read (" + e.getClass().getSimpleName() + ")");
        } catch (MalformedJson e) {
            throw new SettingError("The event (" + place + ") must be JSON: " + e.getMessage());
        }
    }

    // https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html
    private static byte[] scheduled() {
        return JsonWriter.bytes((Object) Map.of(
                "version", "0",
                "id", Trace.of(null).id(),
                "detail-type", "Scheduled Event",
                "source", "aws.events",
                "account", "000000000000",
                "time", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
                "region", "local",
                "resources", List.of(),
                "detail", Map.of()));
    }
}
