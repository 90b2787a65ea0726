package karamon.bench.cold;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Formats the results as Markdown. */
final class Report {
    private final Measurements measured;
    private final List<Way> warmWays;
    private final StringBuilder text = new StringBuilder();

    Report(Measurements measured, List<Way> warmWays) {
        this.measured = measured;
        this.warmWays = warmWays;
    }

    String of(Jdk jdk) {
        line("\n## %s\n", jdk);
        line("From the process's start to its first response:\n");
        line("| variant | CPU ms | wall ms | RSS MB | CPU / plain Java, default flags | CPU / plain Java, managed |");
        line("|---|--:|--:|--:|--:|--:|");
        Stream.of(Way.values()).filter(way -> !way.isOfSize()).forEach(way -> coldRow(jdk, way));
        line("\nThe same for a package with three handlers in one namespace, and for one with thirty handlers in ten namespaces:\n");
        line("| variant | CPU ms | wall ms | RSS MB |");
        line("|---|--:|--:|--:|");
        Stream.of(Way.values()).filter(Way::isOfSize).forEach(way -> row(way, measured.cold(jdk, way), ""));
        line("\nMemory after 100 requests, and the time of a warm request after thousands of requests:\n");
        line("| variant | RSS MB after 100 requests | CPU µs, warm | wall µs, warm |");
        line("|---|--:|--:|--:|");
        warmWays.forEach(way -> warmRow(jdk, way));
        line("\nLimits of ratios:\n\n| | divided by | ratio | limit | goal | |");
        line("|---|---|--:|--:|--:|---|");
        new Limits(measured).of(jdk).forEach(limit -> line("%s", limit.row()));
        return text.toString();
    }

    private void coldRow(Jdk jdk, Way way) {
        Samples samples = measured.cold(jdk, way);
        row(way, samples, String.format(Locale.ROOT, " %.2f | %.2f |",
                samples.ratio(Sample::cpu, measured.cold(jdk, Way.PLAIN_JAVA)), samples.ratio(Sample::cpu, measured.cold(jdk, Way.PLAIN_JAVA_MANAGED))));
    }

    private void row(Way way, Samples samples, String ratios) {
        line("| %s | %.0f | %.0f | %.0f |%s",
                way, samples.median(Sample::cpu), samples.median(Sample::wall), samples.median(Sample::rss), ratios);
    }

    private void warmRow(Jdk jdk, Way way) {
        Samples warm = measured.warm(jdk, way);
        line("| %s | %.0f | %.0f | %.0f |", way, measured.few(jdk, way).median(Sample::rss),
                warm.median(Sample::cpu) * 1000, warm.median(Sample::wall) * 1000);
    }

    private void line(String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
