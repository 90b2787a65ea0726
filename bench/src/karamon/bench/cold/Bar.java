package karamon.bench.cold;

import java.util.Locale;

/** What a ratio may be at most; a wish of 0 is none. */
record Bar(String what, String against, double seen, double most, double wish) {

    String row() {
        String verdict = seen > most ? "**missed**" : wish > 0 && seen <= wish ? "met, and the wish" : "met";
        String bar = String.format(Locale.ROOT, "≤ %.2f", most) + (wish > 0 ? String.format(Locale.ROOT, ", wish %.1f", wish) : "");
        return String.format(Locale.ROOT, "| %s | %s | %s | %.2f | %s |", what, against, bar, seen, verdict);
    }
}
