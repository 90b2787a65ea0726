package karamon.bench;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.results.RunResult;

/** Formats the results as Markdown. */
final class Report {
    private final Rounds event;
    private final Rounds body;
    private final Collection<RunResult> growth;
    private final StringBuilder text = new StringBuilder();

    Report(RunResult event, RunResult body, Collection<RunResult> growth) {
        this.event = new Rounds(event, Event.Way.values().length);
        this.body = new Rounds(body, Body.Way.values().length);
        this.growth = growth;
    }

    String markdown() {
        line("\n## JDK %s (%s)", System.getProperty("java.vm.version"), System.getProperty("java.vm.vendor"));
        line("\n### A REST event of %,d bytes\n", Inputs.restEvent().length);
        table(event, Event.Way.values(), Event.Way.READ_TREE);
        line("\n### A nested body of %,d bytes\n", Inputs.orders(108 * 1024).length);
        table(body, Body.Way.values(), Body.Way.READ_TREE);
        limits();
        growth();
        return text.toString();
    }

    private void table(Rounds rounds, Enum<?>[] ways, Enum<?> base) {
        line("| way | µs | time / readTree's | middle half of the rounds | bytes allocated | bytes / readTree's |");
        line("|---|--:|--:|---|--:|--:|");
        for (Enum<?> way : ways) {
            List<Double> ratios = rounds.ratios(way, base);
            line("| %s | %.2f | %.2f | %.2f to %.2f | %,.0f | %.2f |", way.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                    rounds.micros(way), rounds.ratio(way, base), ratios.get(ratios.size() / 4), ratios.get(ratios.size() * 3 / 4),
                    rounds.bytes(way), rounds.bytes(way) / rounds.bytes(base));
        }
    }

    private void limits() {
        line("\n### Limits\n");
        line("| | limit | measured | |");
        line("|---|--:|--:|---|");
        atMost("event to request map: time / readTree", 1.3, event.ratio(Event.Way.REQUEST_MAP, Event.Way.READ_TREE));
        atMost("event to request map: bytes / readTree", 1,
                event.bytes(Event.Way.REQUEST_MAP) / event.bytes(Event.Way.READ_TREE));
        atMost("event to reply: time / readTree", 1.6, event.ratio(Event.Way.HANDLER, Event.Way.READ_TREE));
        atLeast("event to request map: time of the walk / time", 2,
                event.ratio(Event.Way.READ_VALUE_AND_WALK, Event.Way.REQUEST_MAP));
        atLeast("body: time of the walk / time", 2, body.ratio(Body.Way.READ_VALUE_AND_WALK, Body.Way.JSON_READER));
    }

    private void atMost(String what, double limit, double measured) {
        line("| %s | ≤ %.2f | %.2f | %s |", what, limit, measured, measured <= limit ? "met" : "**missed**");
    }

    private void atLeast(String what, double limit, double measured) {
        line("| %s | ≥ %.2f | %.2f | %s |", what, limit, measured, measured >= limit ? "met" : "**missed**");
    }

    private void growth() {
        line("\n### Growth of the JSON reader\n");
        line("| input | µs | ns for each byte or level |");
        line("|---|--:|--:|");
        for (RunResult result : growth) {
            boolean sized = result.getParams().getParamsKeys().contains("size");
            int n = Integer.parseInt(result.getParams().getParam(sized ? "size" : "depth"));
            double micros = result.getSecondaryResults().get(CpuTime.LABEL).getStatistics().getPercentile(50);
            line("| %,d %s | %.1f | %.2f |", n, sized ? "bytes" : "levels", micros, 1000 * micros / n);
        }
    }

    private void line(String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
