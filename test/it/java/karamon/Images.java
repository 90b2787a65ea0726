package karamon;

import static org.junit.jupiter.api.Assertions.assertEquals;

import clojure.lang.RT;
import clojure.lang.Symbol;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Makes images of the example with {@code ./karamon image}. */
final class Images {
    private Images() {}

    /** Makes an image for a JDK, in a new folder; takes some ten seconds. */
    static void make(int feature, Path folder, List<String> options) {
        List<String> arguments = new ArrayList<>(List.of(
                FunctionPackage.ofTheExample().path().toString(), "--output", folder.toString(),
                "--jdk", Jdk.find(feature).orElseThrow().home().toString()));
        arguments.addAll(options);
        RT.var("clojure.core", "require").invoke(Symbol.intern("karamon.dev.image"));
        assertEquals(0L, RT.var("karamon.dev.image", "run").invoke(arguments));
    }
}
