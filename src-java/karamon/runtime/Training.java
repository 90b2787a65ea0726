package karamon.runtime;

/**
 * Our own runtime for several handlers at once, each with a Runtime API of its own: so that an archive of classes, which is
 * made when a process ends, has what all functions of a package need.
 * {@code java -cp … karamon.runtime.Training example.core/echo@127.0.0.1:4001 example.core/hello@127.0.0.1:4002}
 */
public final class Training {
    private Training() {}

    /**
     * Loads the handlers and answers invocations until the process is ended, as {@link Bootstrap} does; ends it with 1 when one
     * can't be loaded.
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
