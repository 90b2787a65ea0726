package karamon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What a JVM has loaded.
 *
 * @param sources from each class's name to where it came from
 */
record LoadedClasses(Map<String, String> sources) {
    // AWS's runtime client has a class of the SDK's utilities.
    private static final Pattern UNWANTED = Pattern.compile(
            "clojure[.](spec|main|core[.]server).*|com[.]fasterxml[.]jackson[.]databind[.].*|org[.]crac[.].*|java[.]util[.]logging[.].*"
                    + "|org[.]slf4j[.].*|software[.]amazon[.]awssdk[.](?!utilslite).*|karamon[.]ring[.].*|karamon[.]http[.](PlainResponse|RequestBody)");
    private static final Pattern WANTED_OF_OURS =
            Pattern.compile("karamon[.](text|json|http|runtime)[.][A-Z].*|karamon[.]log[.]Running|karamon[.]gateway(__init|[$].*)");

    /** Returns the flag of a JVM that writes its classes into a file. */
    static String logTo(Path log) {
        return "-Xlog:class+load=info:file=" + log + ":none";
    }

    /** Reads what the flag wrote. */
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

    /** Returns those that no function needs. */
    List<String> needless() {
        return names().stream()
                .filter(name -> UNWANTED.matcher(name).matches() || name.startsWith("karamon.") && !WANTED_OF_OURS.matcher(name).matches())
                .toList();
    }

    /** Returns the Clojure namespaces among them, but for Clojure's own. */
    List<String> namespaces() {
        return names().stream()
                .filter(name -> name.endsWith("__init") && !name.startsWith("clojure."))
                .map(name -> name.substring(0, name.length() - "__init".length()))
                .toList();
    }

    boolean isFromArchive(String name) {
        return sources.get(name).startsWith("shared objects file");
    }

    /** Returns the part of all that came from an archive of classes, from 0 to 1. */
    double fromArchive() {
        return (double) sources.keySet().stream().filter(this::isFromArchive).count() / sources.size();
    }
}
