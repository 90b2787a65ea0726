package plain;

import clojure.java.api.Clojure;
import clojure.lang.IFn;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.InputStream;
import java.io.OutputStream;

/** Loads plain.core from source by Clojure's documented API, and calls its handle. */
public final class Entry implements RequestStreamHandler {
    private final IFn handle;

    public Entry() {
        Clojure.var("clojure.core", "require").invoke(Clojure.read("plain.core"));
        handle = Clojure.var("plain.core", "handle");
    }

    @Override
    public void handleRequest(InputStream in, OutputStream out, Context context) {
        handle.invoke(in, out);
    }
}
