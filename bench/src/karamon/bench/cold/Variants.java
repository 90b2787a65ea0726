package karamon.bench.cold;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes the variant for each way, from the packages that {@code bench/cold/prepare} built.
 *
 * @param folder the folder of the packages
 * @param node the node command
 * @param client the class path of AWS's runtime interface client
 * @param nativeLibrary the client's native library, unpacked
 */
record Variants(Path folder, String node, String client, String nativeLibrary) {
    private static final String CLIENT_MAIN = "com.amazonaws.services.lambda.runtime.api.client.AWSLambda";
    // Lambda's managed runtimes and Karamon's own use only C1, and the serial collector.
    private static final List<String> LEAN = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    Variant of(Way way, Jdk jdk) {
        return switch (way) {
            case PLAIN_JAVA -> client(jdk, "plain-java", List.of(), "plain.Hello", "");
            case PLAIN_JAVA_MANAGED -> client(jdk, "plain-java", managed(), "plain.Hello", "");
            case PLAIN_JAVA_ARCHIVE -> image("plain-java", jdk, "plain.Hello");
            case CLOJURE_SOURCE -> client(jdk, "clojure-source", List.of(), "plain.Entry", "");
            case CLOJURE_COMPILED -> client(jdk, "clojure-compiled", List.of(), "plain.Generated", "");
            case CLOJURE_COMPILED_MANAGED -> client(jdk, "clojure-compiled", managed(), "plain.Generated", "");
            case KARAMON_MANAGED -> gateway(jdk, "karamon", "example.core/hello");
            case KARAMON_LOOP -> loop(jdk, folder.resolve("karamon"), "example.core/hello");
            case KARAMON_ARCHIVE -> image("karamon", jdk, "example.core/hello");
            case ONE_MANAGED -> gateway(jdk, "handlers-1", "shop.handlers1/hello");
            case TEN_MANAGED -> gateway(jdk, "handlers-10", "shop.handlers1/hello");
            case ONE_ARCHIVE -> image("handlers-1", jdk, "shop.handlers1/hello");
            case TEN_ARCHIVE -> image("handlers-10", jdk, "shop.handlers1/hello");
            case NODE -> new Variant(folder, List.of(node, folder.resolve("node.js").toString()), Map.of());
        };
    }

    // The managed runtimes have the client's native library unpacked; otherwise the client unpacks it at each start.
    private List<String> managed() {
        List<String> flags = new ArrayList<>(LEAN);
        flags.add("-Dcom.amazonaws.services.lambda.runtime.api.client.runtimeapi.NativeClient.JNI=" + nativeLibrary);
        return flags;
    }

    // AWS's client loads the function from its folder, with its own class loader.
    private Variant client(Jdk jdk, String task, List<String> flags, String handler, String function) {
        List<String> command = new ArrayList<>(List.of(jdk.java()));
        command.addAll(flags);
        command.addAll(List.of("-cp", client, CLIENT_MAIN, handler));
        return new Variant(folder.resolve(task), command, Map.of("_HANDLER", handler, "KARAMON_HANDLER", function));
    }

    private Variant gateway(Jdk jdk, String task, String function) {
        return client(jdk, task, managed(), "karamon.runtime.GatewayHandler", function);
    }

    /** Returns how Karamon's own loop is started, on a function package that was unpacked into a folder. */
    static Variant loop(Jdk jdk, Path root, String function) {
        List<String> command = new ArrayList<>(List.of(jdk.java()));
        command.addAll(LEAN);
        command.addAll(List.of("-cp", root + ":" + root.resolve("lib") + "/*", "karamon.runtime.Bootstrap"));
        return new Variant(root, command, Map.of("_HANDLER", function));
    }

    /** Returns an image that waits for the start from a snapshot. */
    Variant snapshotOfImage(Jdk jdk, String function) {
        return snapshot(image("handlers-primed", jdk, function));
    }

    /** Returns the function on a managed runtime that waits for the start from a snapshot. JDK 25 then also has C2. */
    Variant snapshotOfManaged(Jdk jdk, String function) {
        Variant managed = gateway(jdk, "handlers-primed", function);
        List<String> command = new ArrayList<>(managed.command());
        if (jdk.feature() >= 25) {
            command.removeAll(LEAN.subList(0, 1));
        }
        // Lambda sets this option: it makes org.crac use the client's registry.
        command.add(1, "-Dorg.crac.Core.Compat=com.amazonaws.services.lambda.crac");
        return snapshot(new Variant(managed.folder(), command, managed.environment()));
    }

    private static Variant snapshot(Variant variant) {
        Map<String, String> environment = new HashMap<>(variant.environment());
        environment.put("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start");
        return new Variant(variant.folder(), variant.command(), environment);
    }

    private Variant image(String task, Jdk jdk, String handler) {
        Path root = folder.resolve(task + "-" + jdk.feature());
        return new Variant(root, List.of(root.resolve("bootstrap").toString()), Map.of("_HANDLER", handler));
    }
}
