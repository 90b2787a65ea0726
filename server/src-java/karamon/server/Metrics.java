package karamon.server;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts requests, and writes the counts in the text form of Prometheus. By hand: a library would have more classes than this server.
 * Labels are routes and never paths, of which there may be any number.
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
final class Metrics {
    private static final double[] BOUNDS = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
    private static final int CLASSES = 6;
    private static final double NANOS = 1e9;
    private static final double MILLIS = 1e3;

    private static final class Counts {
        final LongAdder[] classes = adders(CLASSES);
        final LongAdder[] buckets = adders(BOUNDS.length + 1);
        final LongAdder nanos = new LongAdder();

        private static LongAdder[] adders(int count) {
            LongAdder[] adders = new LongAdder[count];
            Arrays.setAll(adders, i -> new LongAdder());
            return adders;
        }
    }

    private final Map<String, Counts> byRoute = new LinkedHashMap<>();
    private final Counts none = new Counts();
    private final LongAdder begun = new LongAdder();
    private final LongAdder ended = new LongAdder();
    private final LongAdder refused = new LongAdder();

    Metrics(List<Route> routes) {
        for (Route route : routes) {
            byRoute.put(route.key(), new Counts());
        }
    }

    void begin() {
        begun.increment();
    }

    void refuse() {
        refused.increment();
    }

    /** Counts an answer; {@code route} is null if none matched. */
    void end(Route route, int status, long nanos) {
        ended.increment();
        Counts counts = route == null ? none : byRoute.get(route.key());
        counts.classes[Math.min(CLASSES - 1, Math.max(0, status / 100))].increment();
        counts.nanos.add(nanos);
        int bucket = 0;
        while (bucket < BOUNDS.length && nanos > BOUNDS[bucket] * NANOS) {
            bucket++;
        }
        counts.buckets[bucket].increment();
    }

    String text() {
        StringBuilder out = new StringBuilder();
        head(out, "karamon_http_requests_total", "counter", "Requests, by route and class of status.");
        each((route, counts) -> {
            for (int i = 0; i < CLASSES; i++) {
                long count = counts.classes[i].sum();
                if (count > 0) {
                    line(out, "karamon_http_requests_total", "route=\"" + route + "\",status=\"" + i + "xx\"", count);
                }
            }
        });
        head(out, "karamon_http_request_duration_seconds", "histogram", "Seconds from a request's headers to the end of its answer.");
        each((route, counts) -> histogram(out, route, counts));
        head(out, "karamon_http_requests_in_flight", "gauge", "Requests that aren't answered.");
        line(out, "karamon_http_requests_in_flight", "", begun.sum() - ended.sum());
        head(out, "karamon_http_requests_refused_total", "counter", "Requests answered with 503, since too many ran.");
        line(out, "karamon_http_requests_refused_total", "", refused.sum());
        jvm(out);
        return out.toString();
    }

    private interface Each {
        void accept(String route, Counts counts);
    }

    private void each(Each each) {
        byRoute.forEach((route, counts) -> each.accept(route.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n"), counts));
        each.accept("none", none);
    }

    private static void histogram(StringBuilder out, String route, Counts counts) {
        long count = 0;
        for (int i = 0; i <= BOUNDS.length; i++) {
            count += counts.buckets[i].sum();
            String bound = i == BOUNDS.length ? "+Inf" : Double.toString(BOUNDS[i]);
            line(out, "karamon_http_request_duration_seconds_bucket", "route=\"" + route + "\",le=\"" + bound + "\"", count);
        }
        line(out, "karamon_http_request_duration_seconds_sum", "route=\"" + route + "\"", counts.nanos.sum() / NANOS);
        line(out, "karamon_http_request_duration_seconds_count", "route=\"" + route + "\"", count);
    }

    private static void jvm(StringBuilder out) {
        MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        head(out, "jvm_memory_used_bytes", "gauge", "Used memory.");
        line(out, "jvm_memory_used_bytes", "area=\"heap\"", heap.getUsed());
        head(out, "jvm_memory_max_bytes", "gauge", "Maximum memory.");
        line(out, "jvm_memory_max_bytes", "area=\"heap\"", heap.getMax());
        head(out, "jvm_threads_current", "gauge", "Threads, without virtual ones.");
        line(out, "jvm_threads_current", "", ManagementFactory.getThreadMXBean().getThreadCount());
        head(out, "jvm_gc_collection_seconds", "summary", "Time of garbage collections.");
        for (GarbageCollectorMXBean gc : ManagementFactory.getGarbageCollectorMXBeans()) {
            line(out, "jvm_gc_collection_seconds_count", "gc=\"" + gc.getName() + "\"", gc.getCollectionCount());
            line(out, "jvm_gc_collection_seconds_sum", "gc=\"" + gc.getName() + "\"", gc.getCollectionTime() / MILLIS);
        }
        head(out, "process_start_time_seconds", "gauge", "Start, in seconds since 1970.");
        line(out, "process_start_time_seconds", "", ManagementFactory.getRuntimeMXBean().getStartTime() / MILLIS);
        ProcessHandle.current().info().totalCpuDuration().ifPresent(cpu -> {
            head(out, "process_cpu_seconds_total", "counter", "CPU time, of the user and of the system.");
            line(out, "process_cpu_seconds_total", "", cpu.toMillis() / MILLIS);
        });
    }

    private static void head(StringBuilder out, String name, String type, String help) {
        out.append("# HELP ").append(name).append(' ').append(help).append("\n# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    private static void line(StringBuilder out, String name, String labels, Number value) {
        out.append(name).append(labels.isEmpty() ? "" : "{" + labels + "}").append(' ').append(value).append('\n');
    }
}
