package karamon.ring;

import clojure.lang.IPersistentMap;
import clojure.lang.Keyword;
import clojure.lang.PersistentArrayMap;
import clojure.lang.PersistentVector;
import java.util.List;
import java.util.Map;
import karamon.http.PlainResponse;
import karamon.json.Maps;

/** Converts response maps to Ring responses. */
public final class ResponseMap {
    private static final Keyword STATUS = Keyword.intern(null, "status");
    private static final Keyword HEADERS = Keyword.intern(null, "headers");
    private static final Keyword BODY = Keyword.intern(null, "body");

    private ResponseMap() {}

    /**
     * Converts a response map to a Ring response. A body that is a function is called here, and a URL opened. Any other body isn't
     * read.
     *
     * @param response as a gateway handler returns it
     * @param head whether the request was a HEAD; if so, the response keeps its {@code content-length}
     * @return {@code :status}, a number; {@code :headers}, including cookies, a map of string to string, or to a vector of
     *     strings for a repeated header; {@code :body}, null, a string, bytes, a stream, a file, or a sequence of strings
     * @throws karamon.http.BadResponse when the response is invalid
     */
    public static IPersistentMap plain(Object response, boolean head) {
        PlainResponse plain = PlainResponse.of(response, head);
        return new PersistentArrayMap(new Object[] {STATUS, (long) plain.status(), HEADERS, headers(plain), BODY, plain.body()});
    }

    private static IPersistentMap headers(PlainResponse plain) {
        Object[] pairs = new Object[2 * plain.headers().size() + 2];
        int top = 0;
        for (Map.Entry<String, List<String>> header : plain.headers().entrySet()) {
            List<String> values = header.getValue();
            pairs[top++] = header.getKey();
            pairs[top++] = values.size() == 1 ? values.get(0) : PersistentVector.create(values);
        }
        if (!plain.cookies().isEmpty()) {
            pairs[top++] = "set-cookie";
            pairs[top++] = PersistentVector.create(plain.cookies());
        }
        return Maps.of(pairs, top);
    }
}
