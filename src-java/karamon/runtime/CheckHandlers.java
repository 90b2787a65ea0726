package karamon.runtime;

import clojure.lang.Associative;
import clojure.lang.PersistentArrayMap;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import karamon.json.JsonWriter;

/**
 * Checks that an unpacked function package has its handlers, for tools that build packages. Loads them as Lambda does.
 * {@code java -cp 'FOLDER:FOLDER/lib/*' karamon.runtime.CheckHandlers example.core/hello}
 */
public final class CheckHandlers {
    private CheckHandlers() {}

    /**
     * Prints a JSON object in one line: each invalid name, with the reason. Output of namespaces while they load goes to standard
     * error. Ends the process, even if namespaces have started threads.
     *
     * @param names each {@code namespace/name}; none for the lines of standard input, in UTF-8: in Lambda's locale, Java loses letters
     *     of arguments
     * @throws IOException when the input can't be read
     */
    public static void main(String[] names) throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err);
        Associative faults = PersistentArrayMap.EMPTY;
        for (String name : names.length > 0 ? List.of(names) : lines()) {
            try {
                Handlers.load(name);
            } catch (InitError e) {
                faults = faults.assoc(name, e.getMessage());
            }
        }
        out.println(JsonWriter.string(faults));
        System.exit(0);
    }

    private static List<String> lines() throws IOException {
        return new String(System.in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
}
