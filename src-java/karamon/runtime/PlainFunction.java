package karamon.runtime;

import clojure.lang.IFn;
import com.amazonaws.services.lambda.runtime.Context;
import karamon.json.JsonReader;
import karamon.json.JsonWriter;
import karamon.json.Keys;

/** A function of the raw event, with string keys as it came, and the context map; its result is written as JSON. */
record PlainFunction(IFn function) implements Handler {

    // What it throws goes to Lambda as it is, so that the service that called can retry.
    @Override
    public byte[] handle(byte[] event, Context context) {
        Object result = function.invoke(JsonReader.read(event, Keys.STRINGS), ContextMap.of(context));
        return JsonWriter.bytes(Later.await(result, context));
    }
}
