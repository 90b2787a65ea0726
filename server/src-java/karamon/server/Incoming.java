package karamon.server;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.Request;

/**
 * A request, without its body.
 *
 * @param path as sent, encoded
 * @param query as sent, encoded; null for none
 * @param headers lower-case name to value, repeats joined
 * @param clientIp the client's address, if need be as a proxy says it
 */
record Incoming(
        String method, String path, String query, Map<String, String> headers, String clientIp, String protocol, String host, Trace trace) {
    // Of one connection only (RFC 9110, section 7.6.1).
    private static final Set<String> HOP_BY_HOP =
            Set.of("connection", "http2-settings", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade");

    static Incoming of(Request request, Forwarded forwarded) {
        HttpFields fields = request.getHeaders();
        String remote = address(Request.getRemoteAddr(request));
        boolean trusted = forwarded.trusts(remote);
        Map<String, String> headers = new LinkedHashMap<>();
        for (HttpField field : fields) {
            String name = field.getLowerCaseName();
            if (!HOP_BY_HOP.contains(name) && (trusted || !isForwarding(name))) {
                headers.merge(name, field.getValue() == null ? "" : field.getValue(), name.equals("cookie") ? Incoming::cookies : Incoming::list);
            }
        }
        // HTTP/2 sends the host as a pseudo-header.
        String host = request.getHttpURI().getAuthority();
        if (host != null) {
            headers.putIfAbsent("host", host);
        }
        List<String> chain = trusted ? fields.getValuesList("x-forwarded-for") : List.of();
        String path = request.getHttpURI().getPath();
        return new Incoming(
                request.getMethod(),
                path == null || path.isEmpty() ? "/" : path,
                request.getHttpURI().getQuery(),
                headers,
                trusted ? forwarded.client(remote, chain) : remote,
                request.getConnectionMetaData().getProtocol(),
                headers.getOrDefault("host", ""),
                Trace.of(headers.get("traceparent")));
    }

    // Jetty writes an IPv6 address as URLs do, in brackets; a link-local one has a zone.
    static String address(String remote) {
        if (remote == null) {
            return "";
        }
        boolean brackets = remote.startsWith("[") && remote.endsWith("]");
        String address = brackets ? remote.substring(1, remote.length() - 1) : remote;
        int zone = address.indexOf('%');
        return zone < 0 ? address : address.substring(0, zone);
    }

    private static boolean isForwarding(String name) {
        return name.startsWith("x-forwarded-") || name.equals("forwarded") || name.equals("x-real-ip");
    }

    private static String list(String a, String b) {
        return a + "," + b;
    }

    private static String cookies(String a, String b) {
        return a + "; " + b;
    }

    String header(String name) {
        return headers.get(name);
    }
}
