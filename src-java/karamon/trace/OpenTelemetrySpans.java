package karamon.trace;

import clojure.lang.IFn;
import clojure.lang.Named;
import clojure.lang.RT;
import clojure.lang.Util;
import clojure.lang.Var;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.util.Map;
import karamon.log.Running;
import karamon.text.Failure;
import karamon.text.Shown;

/** Spans of OpenTelemetry. Only this class refers to its API, so that nothing else needs it. */
final class OpenTelemetrySpans {
    // Unlike OpenTelemetry's own, Clojure passes it on to the threads of futures.
    private static final Var CURRENT = Var.create(null).setDynamic();
    private static final int TRACE_START = 3;
    private static final int TRACE_END = 35;
    private static final int SPAN_END = 52;

    private OpenTelemetrySpans() {}

    static Object call(String name, Map<?, ?> attributes, IFn body) {
        Context parent = parent();
        Span span = GlobalOpenTelemetry.getTracer("karamon").spanBuilder(name).setParent(parent).startSpan();
        if (attributes != null) {
            attributes.forEach((key, value) -> set(span, key instanceof Named named ? text(named) : String.valueOf(key), value));
        }
        Context context = parent.with(span);
        Var.pushThreadBindings(RT.map(CURRENT, context));
        Scope scope = context.makeCurrent();
        try {
            return body.invoke();
        } catch (Throwable e) {
            span.recordException(e);
            span.setStatus(StatusCode.ERROR, String.valueOf(Failure.message(e)));
            throw Util.sneakyThrow(e);
        } finally {
            scope.close();
            Var.popThreadBindings();
            span.end();
        }
    }

    // The span of this thread; else that of the thread that started its work; else the invocation's own, which X-Ray records.
    private static Context parent() {
        Context current = Context.current();
        if (Span.fromContext(current).getSpanContext().isValid()) {
            return current;
        }
        Context passedOn = (Context) CURRENT.deref();
        if (passedOn != null) {
            return passedOn;
        }
        Running running = Running.current();
        String traceparent = running == null ? null : Traceparent.of(Running.traceId(running.context()));
        return traceparent == null ? current : current.with(Span.wrap(remote(traceparent)));
    }

    private static SpanContext remote(String traceparent) {
        return SpanContext.createFromRemoteParent(
                traceparent.substring(TRACE_START, TRACE_END),
                traceparent.substring(TRACE_END + 1, SPAN_END),
                TraceFlags.fromHex(traceparent, SPAN_END + 1),
                TraceState.getDefault());
    }

    private static String text(Named named) {
        return named.getNamespace() == null ? named.getName() : named.getNamespace() + "/" + named.getName();
    }

    private static void set(Span span, String key, Object value) {
        if (value instanceof Boolean flag) {
            span.setAttribute(key, flag);
        } else if (value instanceof Long || value instanceof Integer) {
            span.setAttribute(key, ((Number) value).longValue());
        } else if (value instanceof Double || value instanceof Float) {
            span.setAttribute(key, ((Number) value).doubleValue());
        } else if (value instanceof String text) {
            span.setAttribute(key, text);
        } else if (value != null) {
            span.setAttribute(key, Shown.of(value));
        }
    }
}
