package karamon.test;

/**
 * How often the tests try what can be tried any number of times: enough for a few seconds each, or as often as CI does with
 * {@code -Ddepth=full}.
 */
public final class Depth {
    private static final boolean FULL = isFull(System.getProperty("depth", "quick"));

    private Depth() {}

    /** Returns how often, one of the two. */
    public static long times(long quick, long full) {
        return FULL ? full : quick;
    }

    /** Returns how often: what a system property of that name says, else one of the two. */
    public static long times(String property, long quick, long full) {
        String value = System.getProperty(property);
        return value == null ? times(quick, full) : Long.parseLong(value);
    }

    private static boolean isFull(String depth) {
        return switch (depth) {
            case "quick" -> false;
            case "full" -> true;
            default -> throw new IllegalArgumentException("-Ddepth must be quick or full, found " + depth);
        };
    }
}
