package karamon.runtime;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import karamon.json.JsonWriter;

/** A result that isn't for an HTTP source, as the reply to its invocation. */
record Result(Object value) implements JsonWriter.Document {
    // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html says 6 MB; Lambda's error names this number.
    private static final int MAX_BYTES = 6_291_556;

    @Override
    public void write(JsonGenerator out) throws IOException {
        JsonWriter.write(value, out, null);
    }

    @Override
    public int limit() {
        return MAX_BYTES;
    }
}
