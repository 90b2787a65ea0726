package karamon.runtime;

import clojure.lang.Associative;
import clojure.lang.PersistentArrayMap;
import java.io.PrintStream;
import karamon.json.JsonWriter;

/**
 * Looks for handlers in an unpacked function package, as Lambda would at their first start: for those who build packages.
 * {@code java -cp 'FOLDER:FOLDER/lib/*' karamon.runtime.CheckHandlers example.core/hello}
 */
public final class CheckHandlers {
    private CheckHandlers() {}

    /**
     * Prints a JSON object from each name that is no handler to why, in one line; what namespaces print while they load
     * goes to standard error. Ends the process, whatever threads those have started.
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
