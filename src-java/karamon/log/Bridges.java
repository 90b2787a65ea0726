package karamon.log;

/** Has what other loggers log go where ours goes. */
public final class Bridges {
    private static final String PROPERTY = "slf4j.provider";

    private Bridges() {}

    /**
     * Takes what {@code java.util.logging}, {@link System.Logger} and, where it is on the class path, SLF4J (2.0.9 or later) log.
     * Nobody's service file names a bridge, so that a function without one is no different. Called again, it does no more.
     *
     * @return null; or who has SLF4J's events, where it was in use before and they can't come to us any more
     */
    public static String install() {
        JulBridge.install(Log.ofTheProcess());
        try {
            if (System.getProperty(PROPERTY) == null) {
                System.setProperty(PROPERTY, Slf4jProvider.class.getName());
                setUnlessSet("slf4j.internal.verbosity", "WARN"); // It would tell that it does as the property says.
            }
            return Slf4jProvider.inPlaceOfOurs();
        } catch (NoClassDefFoundError e) {
            return null; // There is no SLF4J.
        }
    }

    private static void setUnlessSet(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}
