package karamon.bench;

import clojure.lang.IPersistentMap;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import karamon.http.Exchange;
import karamon.http.ReadOptions;
import karamon.runtime.Handler;
import karamon.runtime.Handlers;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** One REST event: read into a request map, and all the way through a handler to the reply's bytes. */
@State(Scope.Thread)
public class Event {
    private final byte[] event = Inputs.restEvent();
    private final Others others = new Others();
    private final Handler hello = Handlers.load("example.core/hello");
    private final Invocation invocation = new Invocation();

    @Benchmark
    public IPersistentMap requestMap() {
        return Exchange.of(event, ReadOptions.NONE).request();
    }

    @Benchmark
    public byte[] handler() {
        return hello.handle(event, invocation);
    }

    @Benchmark
    public JsonNode readTree() throws IOException {
        return Others.tree(event);
    }

    @Benchmark
    public Object readValueAndWalk() throws IOException {
        return Others.walk(event);
    }

    @Benchmark
    public Object dataJson() {
        return others.dataJson(event);
    }
}
