package karamon.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import karamon.json.JsonReader;
import karamon.json.Keys;
import org.junit.jupiter.api.Test;

/** The metrics that docs/grafana-dashboard.json shows are those that a server has. test/manifests checks the rest of the file. */
class DashboardTest {
    private static final Pattern METRIC = Pattern.compile("(?m)\\b((?:karamon|jvm|process)_[a-z_]+)(?:\\{([^}]*)\\})?");
    private static final Pattern LABEL = Pattern.compile("([a-z]+)=");
    private static final Pattern BY = Pattern.compile("by \\(([a-z, ]+)\\)");
    // What Prometheus adds.
    private static final Set<String> OF_PROMETHEUS = Set.of("job", "instance");

    private static Map<String, Set<String>> labels(String text) {
        Map<String, Set<String>> found = new TreeMap<>();
        for (Matcher metric = METRIC.matcher(text); metric.find();) {
            Set<String> labels = found.computeIfAbsent(metric.group(1), name -> new TreeSet<>());
            for (Matcher label = LABEL.matcher(metric.group(2) == null ? "" : metric.group(2)); label.find();) {
                labels.add(label.group(1));
            }
        }
        return found;
    }

    @Test
    void aDashboardShowsMetricsThatThereAre() throws Exception {
        try (Served served = new Served("{\"routes\": [{\"path\": \"/show\", \"handler\": \"shop.handlers/show\"}]}")) {
            served.get("/show");
            Map<String, Set<String>> exposed = labels(served.managed("/metrics").body().replaceAll("(?m)^#.*$", ""));
            Map<?, ?> dashboard = (Map<?, ?>) JsonReader.read(Files.readAllBytes(Path.of("docs", "grafana-dashboard.json")), Keys.STRINGS);
            Set<String> shown = new TreeSet<>();
            for (Object panel : (List<?>) dashboard.get("panels")) {
                for (Object target : (List<?>) ((Map<?, ?>) panel).get("targets")) {
                    String query = (String) ((Map<?, ?>) target).get("expr");
                    labels(query).forEach((metric, labels) -> {
                        assertTrue(exposed.containsKey(metric), metric + " of " + query + " isn't among " + exposed.keySet());
                        for (Matcher by = BY.matcher(query); by.find();) {
                            labels.addAll(List.of(by.group(1).split(", ")));
                        }
                        labels.removeAll(OF_PROMETHEUS);
                        assertTrue(exposed.get(metric).containsAll(labels), labels + " of " + query + ": there are " + exposed.get(metric));
                        shown.add(metric);
                    });
                }
            }
            Set<String> hidden = new TreeSet<>(exposed.keySet());
            hidden.removeAll(shown);
            assertEquals(Set.of("jvm_gc_collection_seconds_count"), hidden);
        }
    }
}
