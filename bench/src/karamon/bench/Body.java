package karamon.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import karamon.json.JsonReader;
import karamon.json.Keys;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A nested JSON body of 108 KB. */
@State(Scope.Thread)
public class Body {
    private final byte[] body = Inputs.orders(108 * 1024);
    private final Others others = new Others();

    @Benchmark
    public Object jsonReader() {
        return JsonReader.read(body, Keys.KEYWORDS);
    }

    @Benchmark
    public JsonNode readTree() throws IOException {
        return Others.tree(body);
    }

    @Benchmark
    public Object readValueAndWalk() throws IOException {
        return Others.walk(body);
    }

    @Benchmark
    public Object dataJson() {
        return others.dataJson(body);
    }
}
