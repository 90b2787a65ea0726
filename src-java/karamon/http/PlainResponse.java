package karamon.http;

import clojure.lang.Fn;
import clojure.lang.IPersistentMap;
import clojure.lang.ISeq;
import clojure.lang.Keyword;
import clojure.lang.PersistentArrayMap;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import karamon.text.Failure;

/**
 * A response map, checked and in a simple form, for callers that don't send it as the reply to an event.
 *
 * @param headers name to values, at least one, in order; no cookies among them
 * @param cookies values of {@code Set-Cookie}, in order
 * @param body null, a string, bytes, a stream, a file, or a sequence of strings
 */
public record PlainResponse(int status, Map<String, List<String>> headers, List<String> cookies, Object body) {
    private static final Keyword BODY = Keyword.intern(null, "body");

    /**
     * Converts a response map. A body that is data becomes JSON. A body that is a function is called here, and a URL opened. Any
     * other body isn't read.
     *
     * @param response as a gateway handler returns it
     * @param head whether the request was a HEAD; if so, the response keeps its {@code content-length}
     * @return the response
     * @throws BadResponse when the response is invalid
     */
    public static PlainResponse of(Object response, boolean head) {
        IPersistentMap map = response instanceof IPersistentMap given ? given : PersistentArrayMap.EMPTY;
        Object body = map.valAt(BODY);
        Response read;
        try {
            read = new Response(response instanceof IPersistentMap ? map.without(BODY) : response, Integer.MAX_VALUE, head, false);
        } catch (BadResponse e) {
            Body.close(body);
            throw e;
        }
        Map<String, List<String>> headers = new LinkedHashMap<>();
        for (Response.Header header : read.headers.values()) {
            headers.put(header.name(), header.values());
        }
        Response.Header type = read.headers.get("content-type");
        String contentType = type == null ? null : type.values().get(0);
        if (type == null && Body.isData(body, null)) {
            headers.put("content-type", List.of("application/json"));
        }
        return new PlainResponse(read.status, headers, read.cookies, plain(body, contentType));
    }

    private static Object plain(Object body, String contentType) {
        if (Body.isData(body, contentType)) {
            return Body.json(body, Integer.MAX_VALUE);
        }
        if (body instanceof Path path) {
            return path.toFile();
        }
        if (body instanceof URL) {
            return Body.opened(body);
        }
        boolean written = body instanceof Fn || body instanceof ISeq items && items.first() instanceof byte[];
        return written ? written(body, contentType) : body;
    }

    private static byte[] written(Object body, String contentType) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            StreamedBody.of(body, contentType, Integer.MAX_VALUE).writeTo(bytes);
        } catch (IOException e) {
            throw Body.unreadable(e);
        }
        return bytes.toByteArray();
    }
}
