package karamon.bench;

import java.io.IOException;
import karamon.http.Exchange;
import karamon.http.ReadOptions;
import karamon.runtime.Handler;
import karamon.runtime.Handlers;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** One REST event: read to a request map, or processed by a handler from the event's bytes to the reply's. */
@State(Scope.Thread)
public class Event {
    /** The ways that are measured, one per iteration, in turn. */
    enum Way { REQUEST_MAP, HANDLER, READ_TREE, READ_VALUE_AND_WALK, DATA_JSON }

    private static final Way[] WAYS = Way.values();

    private final byte[] event = Inputs.restEvent();
    private final Others others = new Others();
    private final Handler hello = Handlers.load("example.core/hello");
    private final Invocation invocation = new Invocation();
    private int iteration;
    private Way way;

    @Setup(Level.Iteration)
    public void next() {
        way = WAYS[iteration++ % WAYS.length];
    }

    @Benchmark
    public Object inTurn() throws IOException {
        return switch (way) {
            case REQUEST_MAP -> Exchange.of(event, ReadOptions.NONE).request();
            case HANDLER -> hello.handle(event, invocation);
            case READ_TREE -> Others.tree(event);
            case READ_VALUE_AND_WALK -> Others.walk(event);
            case DATA_JSON -> others.dataJson(event);
        };
    }
}
