package karamon.bench.cold;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Sends a runtime invocations and ends it, so that it writes its archive. */
public final class Train {
    private static final int INVOCATIONS = 200;

    private Train() {}

    /**
     * Runs the training.
     *
     * @param arguments the value for {@code _HANDLER}, then the command
     * @throws IOException when the runtime doesn't answer
     * @throws InterruptedException never
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        List<String> command = List.of(arguments).subList(1, arguments.length);
        Variant variant = new Variant(Path.of("").toAbsolutePath(), command, Map.of("_HANDLER", arguments[0]));
        try (Running running = new Running(variant, "")) {
            running.invoke(INVOCATIONS);
            running.terminate();
            System.out.println(running.log());
        }
    }
}
