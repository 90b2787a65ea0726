package karamon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The classes that a JVM has loaded.
 *
 * @param sources the name of each class to its source
 */
record LoadedClasses(Map<String, String> sources) {
    // AWS's runtime client contains a class of the SDK's utilities.
    private static final Pattern UNWANTED = Pattern.compile(
            "clojure[.](spec|main|core[.]server).*|com[.]fasterxml[.]jackson[.]databind[.].*|org[.]crac[.].*|java[.]util[.]logging[.].*"
                    + "|org[.]slf4j[.].*|software[.]amazon[.]awssdk[.](?!utilslite).*|karamon[.]ring[.].*|karamon[.]http[.](PlainResponse|RequestBody)"
                    + "|karamon[.]text[.](Failure|Fatal|Guard|Known|Printer|Shown|Traces)");
    private static final Pattern WANTED_OF_OURS =
            Pattern.compile("karamon[.](text|json|http|runtime)[.][A-Z].*|karamon[.]log[.]Running|karamon[.]gateway(__init|[$].*)");

    /** Returns a JVM's flag for logging its loaded classes to a file. */
    static String logTo(Path log) {
        return "-Xlog:class+load=info:file=" + log + ":none";
    }

    /** Reads the flag's log. */
    static LoadedClasses of(Path log) throws IOException {
        Map<String, String> sources = new TreeMap<>();
        for (String line : Files.readAllLines(log)) {
            int source = line.indexOf(" source: ");
            if (source > 0) {
                sources.put(line.split(" ")[0], line.substring(source + " source: ".length()));
            }
        }
        return new LoadedClasses(sources);
    }

    List<String> names() {
        return List.copyOf(sources.keySet());
    }

    /** Returns the classes that no function needs. */
    List<String> needless() {
        return names().stream()
                .filter(name -> UNWANTED.matcher(name).matches() || name.startsWith("karamon.") && !WANTED_OF_OURS.matcher(name).matches())
                .toList();
    }

    /** Returns the Clojure namespaces among them, except Clojure's own. */
    List<String> namespaces() {
        return names().stream()
                .filter(name -> name.endsWith("__init") && !name.startsWith("clojure."))
                .map(name -> name.substring(0, name.length() - "__init".length()))
                .toList();
    }

    boolean isFromArchive(String name) {
        return sources.get(name).startsWith("shared objects file");
    }

    /** Returns the share of classes that came from a class archive, from 0 to 1. */
    double fromArchive() {
        return (double) sources.keySet().stream().filter(this::isFromArchive).count() / sources.size();
    }
}
