package karamon.bench.cold;

import java.util.List;
import java.util.stream.Stream;

/** The bars for cold starts. Each compares a median of ratios within the rounds. */
final class Bars {
    private static final double TEN_AGAINST_ONE = 1.05;

    private final Measurements seen;

    Bars(Measurements seen) {
        this.seen = seen;
    }

    List<Bar> of(Jdk jdk) {
        boolean aot = jdk.feature() >= 25;
        Stream<Bar> each = Stream.of(
                cpu(jdk, Way.KARAMON_ARCHIVE, Way.PLAIN_JAVA, aot ? 0.38 : 0.42, 0),
                cpu(jdk, Way.KARAMON_ARCHIVE, Way.CLOJURE_SOURCE, 0.12, 0),
                cpu(jdk, Way.KARAMON_MANAGED, Way.PLAIN_JAVA_MANAGED, 1.4, 1.2),
                cpu(jdk, Way.TEN_ARCHIVE, Way.ONE_ARCHIVE, TEN_AGAINST_ONE, 0),
                cpu(jdk, Way.TEN_MANAGED, Way.ONE_MANAGED, TEN_AGAINST_ONE, 0),
                new Bar("a warm request: " + Way.KARAMON_LOOP, Way.KARAMON_MANAGED + ": CPU",
                        seen.warm(jdk, Way.KARAMON_LOOP).ratio(Sample::cpu, seen.warm(jdk, Way.KARAMON_MANAGED)), 0.7, 0),
                new Bar("after 100 requests: " + Way.KARAMON_ARCHIVE, Way.PLAIN_JAVA_MANAGED + ": RSS",
                        seen.few(jdk, Way.KARAMON_ARCHIVE).ratio(Sample::rss, seen.few(jdk, Way.PLAIN_JAVA_MANAGED)), 1.1, 0));
        return Stream.concat(each, aot ? againstNode(jdk) : Stream.of()).toList();
    }

    private Stream<Bar> againstNode(Jdk jdk) {
        Samples karamon = seen.cold(jdk, Way.KARAMON_ARCHIVE);
        return Stream.of(
                cpu(jdk, Way.KARAMON_ARCHIVE, Way.NODE, 2.0, 1.5),
                new Bar(Way.KARAMON_ARCHIVE.toString(), Way.NODE + ": wall", karamon.ratio(Sample::wall, seen.cold(jdk, Way.NODE)), 1.3, 0));
    }

    private Bar cpu(Jdk jdk, Way way, Way against, double max, double wish) {
        double ratio = seen.cold(jdk, way).ratio(Sample::cpu, seen.cold(jdk, against));
        return new Bar(way.toString(), against + ": CPU", ratio, max, wish);
    }
}
