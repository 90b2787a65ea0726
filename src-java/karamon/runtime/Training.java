package karamon.runtime;

/**
 * Karamon's own runtime for several handlers in one process, each with its own Runtime API. The class archive that the JVM
 * writes when the process ends then has the classes of all functions of a package.
 * {@code java -cp … karamon.runtime.Training example.core/echo@127.0.0.1:4001 example.core/hello@127.0.0.1:4002}
 */
public final class Training {
    private Training() {}

    /**
     * Loads the handlers and answers invocations until the process is stopped, as {@link Bootstrap} does. Exits with 1 if a
     * handler can't be loaded.
     *
     * @param handlers each {@code namespace/name@host:port}
     */
    public static void main(String[] handlers) {
        FunctionSettings settings = FunctionSettings.of(System.getenv());
        Handlers.prepare(System.getenv());
        for (String named : handlers) {
            int at = named.lastIndexOf('@');
            try {
                RuntimeCalls calls = new RuntimeCalls(RuntimeAddress.of(named.substring(at + 1)));
                Bootstrap.start(named, Handlers.load(named.substring(0, at)), calls, settings);
            } catch (InitError e) {
                System.err.println(e.getMessage());
                System.exit(1);
            }
        }
    }
}
