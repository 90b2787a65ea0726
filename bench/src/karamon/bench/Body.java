package karamon.bench;

import java.io.IOException;
import karamon.json.JsonReader;
import karamon.json.Keys;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A nested JSON body of 108 KB. */
@State(Scope.Thread)
public class Body {
    /** The ways that are measured, one per iteration, in turn. */
    enum Way { JSON_READER, READ_TREE, READ_VALUE_AND_WALK, DATA_JSON }

    private static final Way[] WAYS = Way.values();

    private final byte[] body = Inputs.orders(108 * 1024);
    private final Others others = new Others();
    private int iteration;
    private Way way;

    @Setup(Level.Iteration)
    public void next() {
        way = WAYS[iteration++ % WAYS.length];
    }

    @Benchmark
    public Object inTurn() throws IOException {
        return switch (way) {
            case JSON_READER -> JsonReader.read(body, Keys.KEYWORDS);
            case READ_TREE -> Others.tree(body);
            case READ_VALUE_AND_WALK -> Others.walk(body);
            case DATA_JSON -> others.dataJson(body);
        };
    }
}
