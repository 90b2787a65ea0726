package karamon.test;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * The number of repetitions in tests that can repeat any number of times: enough for a few seconds each, or many more with
 * {@code -Ddepth=full}, as in CI.
 */
public final class Depth {
    private static final boolean FULL = isFull(System.getProperty("depth", "quick"));

    private Depth() {}

    /** Returns one of the two, depending on {@code -Ddepth}. */
    public static long times(long quick, long full) {
        return FULL ? full : quick;
    }

    /** Returns the value of a system property if it is set, else one of the two. */
    public static long times(String property, long quick, long full) {
        String value = System.getProperty(property);
        return value == null ? times(quick, full) : Long.parseLong(value);
    }

    /** Skips the test that calls it, except at full depth. */
    public static void requireFull() {
        assumeTrue(FULL, "runs with -Ddepth=full, as in CI");
    }

    private static boolean isFull(String depth) {
        return switch (depth) {
            case "quick" -> false;
            case "full" -> true;
            default -> throw new IllegalArgumentException("-Ddepth must be quick or full, found " + depth);
        };
    }
}
