package karamon.log;

/** Sends other loggers' events to Karamon's log. */
public final class Bridges {
    private static final String PROPERTY = "slf4j.provider";

    private Bridges() {}

    /**
     * Installs bridges for {@code java.util.logging}, {@link System.Logger} and, if it is on the class path, SLF4J (2.0.9 or
     * later). No service file names a bridge, so functions that don't call this are unaffected. Calling it again has no effect.
     *
     * @return null; or the class name of the provider that already receives SLF4J's events, if SLF4J was used before this call
     */
    public static String install() {
        JulBridge.install(Log.ofTheProcess());
        try {
            if (System.getProperty(PROPERTY) == null) {
                System.setProperty(PROPERTY, Slf4jProvider.class.getName());
                setUnlessSet("slf4j.internal.verbosity", "WARN"); // Else it reports that it uses the property.
            }
            return Slf4jProvider.otherProvider();
        } catch (NoClassDefFoundError e) {
            return null; // SLF4J isn't on the class path.
        }
    }

    private static void setUnlessSet(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}
