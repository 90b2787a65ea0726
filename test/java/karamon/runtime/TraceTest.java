package karamon.runtime;

import static karamon.runtime.Loops.requests;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.amazonaws.xray.entities.TraceHeader;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.contrib.awsxray.propagator.AwsXrayLambdaPropagator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import karamon.test.Scripted.Peer;
import karamon.trace.Traceparent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * An invocation's trace is where X-Ray's SDK and OpenTelemetry's propagator for Lambda look for it.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-build
 */
class TraceTest {
    private static final String PROPERTY = "com.amazonaws.xray.traceHeader";
    private static final String ONE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    private static final String OTHER = "Root=1-5759e989-bd862e3fe1be46a994272794;Parent=53995c3f42cd8ad9;Sampled=0";
    private static final TextMapGetter<Map<String, String>> NO_HEADERS = new TextMapGetter<>() {
        @Override
        @SuppressWarnings("deprecation")
        public Iterable<String> keys(Map<String, String> carrier) {
            return carrier.keySet();
        }

        @Override
        public String get(Map<String, String> carrier, String key) {
            return carrier.get(key);
        }
    };

    @AfterEach
    void clear() {
        System.clearProperty(PROPERTY);
    }

    private static String read() {
        Context extracted = AwsXrayLambdaPropagator.getInstance().extract(Context.root(), Map.of(), NO_HEADERS);
        SpanContext span = Span.fromContext(extracted).getSpanContext();
        String found = span.isValid() ? "00-" + span.getTraceId() + "-" + span.getSpanId() + "-" + span.getTraceFlags().asHex() : null;
        assertEquals(found, Traceparent.of(TraceHeader.fromString(System.getProperty(PROPERTY)).toString()));
        return String.valueOf(found);
    }

    @Test
    void propagatorsReadTheTraceOfEachInvocation() throws IOException {
        List<String> seen = new ArrayList<>();
        requests((event, context) -> {
            seen.add(read());
            return event;
        }, peer -> {
            handOut(peer, "Lambda-Runtime-Trace-Id: " + ONE + "\r\n");
            handOut(peer, "lambda-runtime-trace-id: " + OTHER + "\r\n");
            handOut(peer, "");
            peer.end();
        });
        assertEquals(List.of(Traceparent.of(ONE), Traceparent.of(OTHER), "null"), seen);
        assertFalse(System.getProperties().containsKey(PROPERTY));
    }

    private static void handOut(Peer peer, String header) throws IOException {
        peer.read();
        peer.send("HTTP/1.1 200 OK\r\n" + Peer.INVOCATION + header + "Content-Length: 2\r\n\r\n{}");
        peer.accept();
    }
}
