package karamon.runtime;

import clojure.lang.IFn;
import com.amazonaws.services.lambda.runtime.Context;
import karamon.json.JsonReader;
import karamon.json.JsonWriter;
import karamon.json.Keys;

/** A function of the raw event, with string keys and numbers as sent, and the context map; its result is written as JSON. */
record PlainFunction(IFn function) implements Handler {

    // Lambda gets the function's exceptions unchanged, so that the calling service can retry.
    @Override
    public byte[] handle(byte[] event, Context context) {
        Object result = function.invoke(Observer.request(context, JsonReader.read(event, Keys.STRINGS, true)), ContextMap.of(context));
        return JsonWriter.bytes(new Result(Observer.response(context, Later.await(result, context))));
    }
}
