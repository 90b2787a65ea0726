package karamon.bench;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.results.RunResult;

/** What came out, as Markdown. Ratios are medians over the rounds of what was measured within one round. */
final class Report {
    private static final String READ_TREE = "readTree";
    private static final String WALK = "readValueAndWalk";

    private final List<Collection<RunResult>> rounds;
    private final Collection<RunResult> growth;
    private final StringBuilder text = new StringBuilder();

    Report(List<Collection<RunResult>> rounds, Collection<RunResult> growth) {
        this.rounds = rounds;
        this.growth = growth;
    }

    String markdown() {
        line("\n## JDK %s (%s)", System.getProperty("java.vm.version"), System.getProperty("java.vm.vendor"));
        table("Event", "A REST event of " + Inputs.restEvent().length + " bytes", "requestMap", "handler", READ_TREE, WALK, "dataJson");
        table("Body", "A nested body of " + Inputs.orders(108 * 1024).length + " bytes", "jsonReader", READ_TREE, WALK, "dataJson");
        bars();
        growth();
        return text.toString();
    }

    private void table(String group, String title, String... ways) {
        line("\n### %s\n", title);
        line("| way | µs | × readTree's time | in the rounds | bytes allocated | × readTree's |");
        line("|---|--:|--:|---|--:|--:|");
        for (String way : ways) {
            List<Double> ratios = ratios(group, way, READ_TREE);
            line("| %s | %.2f | %.2f | %.2f to %.2f | %,.0f | %.2f |", way, median(each(group, way)), median(ratios),
                    Collections.min(ratios), Collections.max(ratios), bytes(group, way), bytes(group, way) / bytes(group, READ_TREE));
        }
    }

    private void bars() {
        line("\n### Bars\n");
        line("| | bar | seen | |");
        line("|---|--:|--:|---|");
        atMost("event to request map: time, × readTree", 1.3, median(ratios("Event", "requestMap", READ_TREE)));
        atMost("event to request map: bytes, × readTree", 1.0, bytes("Event", "requestMap") / bytes("Event", READ_TREE));
        atMost("event to reply: time, × readTree", 1.6, median(ratios("Event", "handler", READ_TREE)));
        atLeast("event to request map: times as fast as the walk", 2, median(ratios("Event", WALK, "requestMap")));
        atLeast("body: times as fast as the walk", 2, median(ratios("Body", WALK, "jsonReader")));
    }

    private void atMost(String what, double bar, double seen) {
        line("| %s | ≤ %.2f | %.2f | %s |", what, bar, seen, seen <= bar ? "met" : "**missed**");
    }

    private void atLeast(String what, double bar, double seen) {
        line("| %s | ≥ %.2f | %.2f | %s |", what, bar, seen, seen >= bar ? "met" : "**missed**");
    }

    private void growth() {
        line("\n### Growth of the JSON reader\n");
        line("| input | µs | ns for each byte or level |");
        line("|---|--:|--:|");
        for (RunResult result : growth) {
            boolean sized = result.getParams().getParamsKeys().contains("size");
            int n = Integer.parseInt(result.getParams().getParam(sized ? "size" : "depth"));
            double micros = micros(result);
            line("| %,d %s | %.1f | %.2f |", n, sized ? "bytes" : "levels", micros, 1000 * micros / n);
        }
    }

    private List<Double> ratios(String group, String way, String base) {
        List<Double> of = each(group, way);
        List<Double> to = each(group, base);
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < of.size(); round++) {
            ratios.add(of.get(round) / to.get(round));
        }
        return ratios;
    }

    private List<Double> each(String group, String way) {
        List<Double> micros = new ArrayList<>();
        for (Collection<RunResult> round : rounds) {
            micros.add(micros(find(round, group, way)));
        }
        return micros;
    }

    private double bytes(String group, String way) {
        List<Double> bytes = new ArrayList<>();
        for (Collection<RunResult> round : rounds) {
            bytes.add(find(round, group, way).getSecondaryResults().get("gc.alloc.rate.norm").getScore());
        }
        return median(bytes);
    }

    private static RunResult find(Collection<RunResult> round, String group, String way) {
        for (RunResult result : round) {
            if (result.getParams().getBenchmark().endsWith("." + group + "." + way)) {
                return result;
            }
        }
        throw new AssertionError("no result of " + group + "." + way);
    }

    /** Returns the CPU time of one operation, the median of the iterations. */
    private static double micros(RunResult result) {
        return result.getSecondaryResults().get(CpuTime.LABEL).getStatistics().getPercentile(50);
    }

    private static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    private void line(String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
