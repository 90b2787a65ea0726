package karamon.runtime;

import clojure.lang.IFn;
import clojure.lang.IObj;
import clojure.lang.Keyword;
import clojure.lang.PersistentArrayMap;
import com.amazonaws.services.lambda.runtime.Context;
import karamon.event.LambdaEvent;
import karamon.json.JsonWriter;

/**
 * A function of an event as data and the context map; its result is written as JSON.
 *
 * @param exact whether fractions in the event are {@code BigDecimal}
 */
record LambdaFunction(IFn function, boolean exact) implements Handler {
    private static final Keyword CONTEXT = Keyword.intern("karamon", "context");

    // Lambda gets the function's exceptions unchanged, so that the calling service can retry.
    @Override
    public byte[] handle(byte[] event, Context context) {
        Object contextMap = ((IObj) ContextMap.of(context)).withMeta(new PersistentArrayMap(new Object[] {CONTEXT, context}));
        Object result = function.invoke(Observer.request(context, LambdaEvent.read(event, exact)), contextMap);
        return JsonWriter.bytes(new Result(Observer.response(context, Later.await(result, context))));
    }
}
