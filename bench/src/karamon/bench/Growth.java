package karamon.bench;

import karamon.json.JsonReader;
import karamon.json.Keys;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Measures whether the reader's time grows in proportion to its input, up to the largest event of Lambda. */
public class Growth {

    /** Orders, from small to the 6 MB of an invocation. */
    @State(Scope.Thread)
    public static class Size {
        @Param({"60000", "600000", "6000000"})
        int size;

        byte[] json;

        @Setup
        public void make() {
            json = Inputs.orders(size);
        }
    }

    /** Nesting, up to just below the reader's limit. */
    @State(Scope.Thread)
    public static class Depth {
        @Param({"110", "330", "990"})
        int depth;

        byte[] json;

        @Setup
        public void make() {
            json = Inputs.nested(depth);
        }
    }

    @Benchmark
    public Object bySize(Size input) {
        return JsonReader.read(input.json, Keys.KEYWORDS);
    }

    @Benchmark
    public Object byDepth(Depth input) {
        return JsonReader.read(input.json, Keys.KEYWORDS);
    }
}
