package karamon.bench.cold;

import java.util.Locale;

/** A maximum for a ratio; a wish of 0 means none. */
record Bar(String what, String against, double seen, double max, double wish) {

    String row() {
        String verdict = seen > max ? "**missed**" : wish > 0 && seen <= wish ? "met, and the wish" : "met";
        String bar = String.format(Locale.ROOT, "≤ %.2f", max)
                + (wish > 0 ? String.format(Locale.ROOT, ", wish %.1f", wish) : "");
        return String.format(Locale.ROOT, "| %s | %s | %s | %.2f | %s |", what, against, bar, seen, verdict);
    }
}
