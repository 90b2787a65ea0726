package karamon.http;

import clojure.lang.Fn;
import clojure.lang.IPersistentMap;
import clojure.lang.ISeq;
import clojure.lang.Keyword;
import clojure.lang.PersistentArrayMap;
import clojure.lang.PersistentVector;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Response maps in the plainest form: what is left to choose in them is chosen. */
public final class ResponseMap {
    private static final Keyword STATUS = Keyword.intern(null, "status");
    private static final Keyword HEADERS = Keyword.intern(null, "headers");
    private static final Keyword BODY = Keyword.intern(null, "body");

    private ResponseMap() {}

    /**
     * Returns a response map in its plainest form. A function that is its body is called here; nothing else of it is read.
     *
     * @param response as a gateway handler gives it
     * @param head whether the request was a HEAD, whose answer may tell a length
     * @return {@code :status}, a number; {@code :headers}, a map of string to string, or to a vector of them for one that
     *     comes several times, cookies among them; {@code :body}, null, a string, bytes, a stream, a file, or a sequence of
     *     strings
     * @throws BadResponse when it can't be sent as it stands
     */
    public static IPersistentMap plain(Object response, boolean head) {
        IPersistentMap map = response instanceof IPersistentMap given ? given : PersistentArrayMap.EMPTY;
        Object body = map.valAt(BODY);
        Response read = new Response(response instanceof IPersistentMap ? map.without(BODY) : response, Integer.MAX_VALUE, head, false);
        Map<Object, Object> headers = new LinkedHashMap<>();
        for (Response.Header header : read.headers.values()) {
            List<String> values = header.values();
            headers.put(header.name(), values.size() == 1 ? values.get(0) : PersistentVector.create(values));
        }
        if (!read.cookies.isEmpty()) {
            headers.put("set-cookie", PersistentVector.create(read.cookies));
        }
        Response.Header type = read.headers.get("content-type");
        String contentType = type == null ? null : type.values().get(0);
        if (type == null && Body.isData(body, null)) {
            headers.put("content-type", "application/json");
        }
        return new PersistentArrayMap(new Object[] {
            STATUS, (long) read.status, HEADERS, PersistentArrayMap.create(headers), BODY, plainBody(body, contentType),
        });
    }

    private static Object plainBody(Object body, String contentType) {
        if (Body.isData(body, contentType)) {
            return Body.json(body, Integer.MAX_VALUE);
        }
        if (body instanceof Path path) {
            return path.toFile();
        }
        boolean written = body instanceof Fn || body instanceof ISeq items && items.first() instanceof byte[];
        return written ? written(body, contentType) : body;
    }

    private static byte[] written(Object body, String contentType) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            StreamedBody.of(body, contentType, Integer.MAX_VALUE).writeTo(bytes);
        } catch (IOException e) {
            throw new BadResponse("The body can't be read: " + e.getMessage(), e);
        }
        return bytes.toByteArray();
    }
}
