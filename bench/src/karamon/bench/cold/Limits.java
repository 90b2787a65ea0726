package karamon.bench.cold;

import java.util.List;
import java.util.stream.Stream;

/** The limits of cold starts. Each is on a median of ratios within the rounds. */
final class Limits {
    private static final double TEN_NAMESPACES = 1.05;

    private final Measurements measured;

    Limits(Measurements measured) {
        this.measured = measured;
    }

    List<Limit> of(Jdk jdk) {
        boolean aot = jdk.feature() >= 25;
        Stream<Limit> each = Stream.of(
                cpu(jdk, Way.KARAMON_ARCHIVE, Way.PLAIN_JAVA, aot ? 0.38 : 0.42, 0),
                cpu(jdk, Way.KARAMON_ARCHIVE, Way.CLOJURE_SOURCE, 0.12, 0),
                cpu(jdk, Way.KARAMON_MANAGED, Way.PLAIN_JAVA_MANAGED, 1.4, 1.2),
                cpu(jdk, Way.TEN_ARCHIVE, Way.ONE_ARCHIVE, TEN_NAMESPACES, 0),
                cpu(jdk, Way.TEN_MANAGED, Way.ONE_MANAGED, TEN_NAMESPACES, 0),
                new Limit("CPU of a warm request, " + Way.KARAMON_LOOP, Way.KARAMON_MANAGED.toString(),
                        measured.warm(jdk, Way.KARAMON_LOOP).ratio(Sample::cpu, measured.warm(jdk, Way.KARAMON_MANAGED)), 0.7, 0),
                new Limit("RSS after 100 requests, " + Way.KARAMON_ARCHIVE, Way.PLAIN_JAVA_MANAGED.toString(),
                        measured.few(jdk, Way.KARAMON_ARCHIVE).ratio(Sample::rss, measured.few(jdk, Way.PLAIN_JAVA_MANAGED)), 1.1, 0));
        return Stream.concat(each, aot ? againstNode(jdk) : Stream.of()).toList();
    }

    private Stream<Limit> againstNode(Jdk jdk) {
        Samples karamon = measured.cold(jdk, Way.KARAMON_ARCHIVE);
        return Stream.of(
                cpu(jdk, Way.KARAMON_ARCHIVE, Way.NODE, 2.0, 1.5),
                new Limit("wall time, " + Way.KARAMON_ARCHIVE, Way.NODE.toString(),
                        karamon.ratio(Sample::wall, measured.cold(jdk, Way.NODE)), 1.3, 0));
    }

    private Limit cpu(Jdk jdk, Way way, Way against, double max, double goal) {
        double ratio = measured.cold(jdk, way).ratio(Sample::cpu, measured.cold(jdk, against));
        return new Limit("CPU, " + way, against.toString(), ratio, max, goal);
    }
}
