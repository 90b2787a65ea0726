package karamon.runtime;

import clojure.lang.Associative;
import clojure.lang.PersistentArrayMap;
import java.io.PrintStream;
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
     * @param names each {@code namespace/name}
     */
    public static void main(String[] names) {
        PrintStream out = System.out;
        System.setOut(System.err);
        Associative faults = PersistentArrayMap.EMPTY;
        for (String name : names) {
            try {
                Handlers.load(name);
            } catch (InitError e) {
                faults = faults.assoc(name, e.getMessage());
            }
        }
        out.println(JsonWriter.string(faults));
        System.exit(0);
    }
}
