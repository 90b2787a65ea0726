package karamon.log;

import com.amazonaws.services.lambda.runtime.Context;
import java.util.LinkedHashMap;
import java.util.Map;
import karamon.json.JsonWriter;
import karamon.text.Guard;

/** Makes lines in CloudWatch's embedded metric format. */
public final class Metrics {
    private Metrics() {}

    /**
     * Returns a line with its line feed, in UTF-8.
     *
     * @param document the members that the format defines
     * @param properties additional members, of any values; their names differ from the document's
     * @return null if it is too long for a log event
     */
    public static byte[] line(Map<?, ?> document, Map<?, ?> properties) {
        Map<String, Object> line = new LinkedHashMap<>();
        document.forEach((name, value) -> line.put((String) name, value));
        Running running = Running.current();
        if (running != null) {
            Context context = running.context();
            add(line, "AWSRequestId", context.getAwsRequestId());
            add(line, "traceId", Entry.root(Running.traceId(context)));
        }
        Plain plain = new Plain(Entry.MAX_BYTES, Guard.deadline());
        plain.putAll(line, properties);
        byte[] json = JsonWriter.bytes(line);
        return plain.isCut() || json.length > Entry.MAX_BYTES - 1 ? null : Entry.withLineFeed(json);
    }

    private static void add(Map<String, Object> line, String name, String value) {
        if (value != null) {
            line.putIfAbsent(name, value);
        }
    }
}
