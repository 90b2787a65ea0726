package karamon.bench.cold;

import java.util.Locale;

/**
 * The maximum of a ratio between two variants.
 *
 * @param what what is compared, and the variant
 * @param against the variant that it is divided by
 * @param goal a lower ratio to work towards; 0 if there is none
 */
record Limit(String what, String against, double ratio, double max, double goal) {

    String row() {
        String verdict = ratio > max ? "**missed**" : goal > 0 && ratio <= goal ? "met, goal too" : "met";
        return String.format(Locale.ROOT, "| %s | %s | %.2f | ≤ %.2f | %s | %s |",
                what, against, ratio, max, goal > 0 ? String.format(Locale.ROOT, "≤ %.2f", goal) : "", verdict);
    }
}
