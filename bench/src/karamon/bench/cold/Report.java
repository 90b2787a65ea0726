package karamon.bench.cold;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Formats the results as Markdown. */
final class Report {
    private final Measurements seen;
    private final List<Way> warmWays;
    private final StringBuilder text = new StringBuilder();

    Report(Measurements seen, List<Way> warmWays) {
        this.seen = seen;
        this.warmWays = warmWays;
    }

    String of(Jdk jdk) {
        line("\n## %s\n", jdk);
        line("From the process's start to its first response:\n");
        line("| variant | CPU ms | wall ms | RSS MB | CPU, × plain Java at default flags | CPU, × plain Java managed |");
        line("|---|--:|--:|--:|--:|--:|");
        Stream.of(Way.values()).filter(way -> !way.isOfSize()).forEach(way -> coldRow(jdk, way));
        line("\nThe same of a package with three handlers in one namespace, and of one with thirty in ten:\n");
        line("| variant | CPU ms | wall ms | RSS MB |");
        line("|---|--:|--:|--:|");
        Stream.of(Way.values()).filter(Way::isOfSize).forEach(way -> row(way, seen.cold(jdk, way), ""));
        line("\nRSS after 100 requests, and a warm request after some thousands:\n");
        line("| variant | RSS MB | CPU µs | wall µs |");
        line("|---|--:|--:|--:|");
        warmWays.forEach(way -> warmRow(jdk, way));
        line("\n| | against | bar | seen | |");
        line("|---|---|--:|--:|---|");
        new Bars(seen).of(jdk).forEach(bar -> line("%s", bar.row()));
        return text.toString();
    }

    private void coldRow(Jdk jdk, Way way) {
        Samples samples = seen.cold(jdk, way);
        row(way, samples, String.format(Locale.ROOT, " %.2f | %.2f |",
                samples.ratio(Sample::cpu, seen.cold(jdk, Way.PLAIN_JAVA)), samples.ratio(Sample::cpu, seen.cold(jdk, Way.PLAIN_JAVA_MANAGED))));
    }

    private void row(Way way, Samples samples, String ratios) {
        line("| %s | %.0f | %.0f | %.0f |%s",
                way, samples.median(Sample::cpu), samples.median(Sample::wall), samples.median(Sample::rss), ratios);
    }

    private void warmRow(Jdk jdk, Way way) {
        Samples warm = seen.warm(jdk, way);
        line("| %s | %.0f | %.0f | %.0f |", way, seen.few(jdk, way).median(Sample::rss),
                warm.median(Sample::cpu) * 1000, warm.median(Sample::wall) * 1000);
    }

    private void line(String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
