package karamon.runtime;

import clojure.lang.IFn;
import clojure.lang.IObj;
import clojure.lang.Keyword;
import clojure.lang.PersistentArrayMap;
import com.amazonaws.services.lambda.runtime.Context;
import karamon.event.LambdaEvent;
import karamon.json.JsonWriter;

/** A function of an event as data and the context map; its result is written as JSON. */
record LambdaFunction(IFn function) implements Handler {
    private static final Keyword CONTEXT = Keyword.intern("karamon", "context");

    // Lambda gets the function's exceptions unchanged, so that the calling service can retry.
    @Override
    public byte[] handle(byte[] event, Context context) {
        Object contextMap = ((IObj) ContextMap.of(context)).withMeta(new PersistentArrayMap(new Object[] {CONTEXT, context}));
        Object result = function.invoke(LambdaEvent.read(event), contextMap);
        return JsonWriter.bytes(Later.await(result, context));
    }
}
