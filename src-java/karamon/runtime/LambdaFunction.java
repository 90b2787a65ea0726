package karamon.runtime;

import clojure.lang.IFn;
import clojure.lang.IObj;
import clojure.lang.Keyword;
import clojure.lang.PersistentArrayMap;
import clojure.lang.RT;
import com.amazonaws.services.lambda.runtime.Context;
import karamon.event.LambdaEvent;
import karamon.json.JsonWriter;

/**
 * A function of an event as data and the context map; its result is written as JSON.
 *
 * @param later turns results that Java doesn't know as later ones into stages; may be null
 */
record LambdaFunction(IFn function, IFn later) implements Handler {
    private static final Keyword LATER = Keyword.intern(null, "later");
    private static final Keyword CONTEXT = Keyword.intern("karamon", "context");

    static LambdaFunction of(IFn function, Object options) {
        return new LambdaFunction(function, (IFn) RT.get(options, LATER));
    }

    // What it throws goes to Lambda as it is, so that the service that called can retry.
    @Override
    public byte[] handle(byte[] event, Context context) {
        Object contextMap = ((IObj) ContextMap.of(context)).withMeta(new PersistentArrayMap(new Object[] {CONTEXT, context}));
        Object result = function.invoke(LambdaEvent.read(event), contextMap);
        return JsonWriter.bytes(Later.await(result, later, context));
    }
}
