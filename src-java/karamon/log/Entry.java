package karamon.log;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import karamon.json.JsonWriter;
import karamon.text.Failure;
import karamon.text.Guard;
import karamon.text.Shown;
import karamon.text.Traces;

/**
 * A log event.
 *
 * @param timeMs milliseconds since 1970
 * @param logger may be null, as may all that follow
 */
record Entry(long timeMs, LogLevel level, String logger, Object message, Map<?, ?> data, Throwable thrown) {
    // An event in CloudWatch could have 262,144 bytes until 2025, including 26 bytes of overhead, and can have 1 MB now. But
    // between Lambda's standard output and CloudWatch, events are still cut at the former limit:
    // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_InputLogEvent.html
    static final int MAX_BYTES = 262_144 - 26;
    private static final int RESERVE = 200;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    /**
     * Returns the event as a line of JSON, with a line feed: first the members that the managed Java runtime's own logger writes
     * ({@code timestamp, level, message, AWSRequestId, tenantId}), then Karamon's own, then the caller's data.
     * https://docs.aws.amazon.com/lambda/latest/dg/java-logging.html
     */
    byte[] json(Running running, String functionName, String functionVersion) {
        long deadline = Guard.deadline();
        Plain plain = new Plain(MAX_BYTES - RESERVE, deadline);
        Map<String, Object> line = new LinkedHashMap<>();
        plain.put(line, "timestamp", time());
        plain.put(line, "level", level.name());
        plain.put(line, "message", messageOrThrown());
        putUnlessNull(plain, line, "logger", logger);
        if (running != null) {
            Context context = running.context();
            putUnlessNull(plain, line, "AWSRequestId", context.getAwsRequestId());
            putUnlessNull(plain, line, "tenantId", Running.tenantId(context));
            putUnlessNull(plain, line, "traceId", root(Running.traceId(context)));
            plain.put(line, "coldStart", running.coldStart());
        }
        putUnlessNull(plain, line, "functionName", running == null ? functionName : running.context().getFunctionName());
        putUnlessNull(plain, line, "functionVersion", running == null ? functionVersion : running.context().getFunctionVersion());
        if (thrown != null) {
            plain.putAll(line, Failure.of(thrown, deadline));
        }
        if (data != null) {
            plain.putAll(line, data);
        }
        return withLineFeed(line(plain, line));
    }

    /**
     * Returns the event as a line of text: time, request id, level, logger, message, and the data as JSON. A line for each frame
     * of an exception follows.
     */
    byte[] text(Running running) {
        long deadline = Guard.deadline();
        Plain plain = new Plain(MAX_BYTES - RESERVE, deadline);
        StringBuilder text = new StringBuilder(time());
        if (running != null) {
            text.append(' ').append(running.context().getAwsRequestId());
        }
        text.append(' ').append(level.name());
        if (logger != null) {
            text.append(' ').append(logger);
        }
        Object message = plain.value(messageOrThrown());
        text.append(' ').append(Traces.oneLine(message instanceof String words ? words : JsonWriter.string(message)));
        return text(text, plain, deadline, value -> JsonWriter.string(plain.value(value)));
    }

    /**
     * Returns an event of Karamon itself as text: level, message and request id, and the data as JSON. A line for each frame of
     * an exception follows, in the form of {@link Throwable#printStackTrace()}; {@code ex-info}'s data is printed as by Clojure.
     */
    byte[] reported(Running running) {
        long deadline = Guard.deadline();
        Plain plain = new Plain(MAX_BYTES - RESERVE, deadline);
        StringBuilder text = new StringBuilder(level.name()).append(' ').append(Traces.oneLine((String) plain.value(message)));
        if (running != null) {
            text.append(" (request ").append(running.context().getAwsRequestId()).append(')');
        }
        return text(text, plain, deadline, value -> Shown.of(value, MAX_BYTES, deadline));
    }

    private byte[] text(StringBuilder text, Plain plain, long deadline, Function<Object, String> printer) {
        Map<String, Object> rest = new LinkedHashMap<>();
        if (data != null) {
            plain.putAll(rest, data);
        }
        if (!rest.isEmpty()) {
            text.append(' ').append(Traces.oneLine(new String(line(plain, rest), StandardCharsets.UTF_8)));
        }
        if (thrown != null) {
            Traces.append(text.append('\n'), Failure.of(thrown, deadline), printer);
        }
        return withLineFeed(((String) new Plain(MAX_BYTES - RESERVE, deadline).value(text)).getBytes(StandardCharsets.UTF_8));
    }

    private String time() {
        return TIME.format(Instant.ofEpochMilli(timeMs));
    }

    private Object messageOrThrown() {
        return message == null && thrown != null ? Failure.message(thrown) : message;
    }

    private static void putUnlessNull(Plain plain, Map<String, Object> line, String name, Object value) {
        if (value != null) {
            plain.put(line, name, value);
        }
    }

    private static byte[] line(Plain plain, Map<String, Object> line) {
        if (plain.isCut()) {
            line.putIfAbsent("truncated", true);
        }
        return JsonWriter.bytes(line);
    }

    // The header is Root=1-…;Parent=…;Sampled=1, and the trace's id is its root:
    // https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
    static String root(String header) {
        if (header != null) {
            for (String part : header.split(";")) {
                if (part.startsWith("Root=")) {
                    return part.substring("Root=".length());
                }
            }
        }
        return header;
    }

    static byte[] withLineFeed(byte[] line) {
        byte[] longer = Arrays.copyOf(line, line.length + 1);
        longer[line.length] = '\n';
        return longer;
    }
}
