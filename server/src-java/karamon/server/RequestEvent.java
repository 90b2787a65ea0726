package karamon.server;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import karamon.text.Percent;

/**
 * A request as an event in payload format 2.0, as function URLs send it; {@code requestContext.karamon} distinguishes it.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
 *
 * @param body null for none
 * @param authorizer what the route's authorizer says, for {@code requestContext.authorizer}; null for nothing
 * @param authorizing more fields, and no body, for an authorizer; null for the event of the route's function
 */
record RequestEvent(Incoming request, String routeKey, Map<String, String> parameters, byte[] body, Object authorizer, Map<String, ?> authorizing) {
    private static final byte[] ROUTE_KEY = EventBytes.constant("{\"version\":\"2.0\",\"routeKey\":");
    private static final byte[] RAW_PATH = EventBytes.constant(",\"rawPath\":");
    private static final byte[] RAW_QUERY = EventBytes.constant(",\"rawQueryString\":");
    private static final byte[] HEADERS = EventBytes.constant(",\"headers\":");
    private static final byte[] COOKIES = EventBytes.constant(",\"cookies\":");
    private static final byte[] EMPTY = EventBytes.constant("[]");
    private static final byte[] END = EventBytes.constant("]");
    private static final byte[] QUERY = EventBytes.constant(",\"queryStringParameters\":");
    private static final byte[] PATH_PARAMETERS = EventBytes.constant(",\"pathParameters\":");
    private static final byte[] DOMAIN_NAME = EventBytes.constant(",\"requestContext\":{\"domainName\":");
    private static final byte[] METHOD = EventBytes.constant(",\"http\":{\"method\":");
    private static final byte[] PATH = EventBytes.constant(",\"path\":");
    private static final byte[] PROTOCOL = EventBytes.constant(",\"protocol\":");
    private static final byte[] SOURCE_IP = EventBytes.constant(",\"sourceIp\":");
    private static final byte[] USER_AGENT = EventBytes.constant(",\"userAgent\":");
    private static final byte[] REQUEST_ID = EventBytes.constant("},\"requestId\":");
    private static final byte[] CONTEXT_ROUTE_KEY = EventBytes.constant(",\"routeKey\":");
    private static final byte[] TIME = EventBytes.constant(",\"stage\":\"$default\",\"timeEpoch\":");
    private static final byte[] AUTHORIZER = EventBytes.constant(",\"authorizer\":");
    private static final byte[] KARAMON = EventBytes.constant(",\"karamon\":{}}");
    private static final byte[] BODY = EventBytes.constant(",\"body\":");
    private static final byte[] BASE64 = EventBytes.constant(",\"isBase64Encoded\":true");
    private static final byte[] NOT_BASE64 = EventBytes.constant(",\"isBase64Encoded\":false");
    private static final Pattern TEXT = Pattern.compile("(?i)^(text/|application/(json|javascript|xml)\\b).*", Pattern.DOTALL);

    /** Returns the event's JSON. */
    byte[] bytes() {
        EventBytes out = new EventBytes();
        out.raw(ROUTE_KEY).text(routeKey).raw(RAW_PATH).text(request.path()).raw(RAW_QUERY).text(request.query() == null ? "" : request.query());
        if (authorizing != null) {
            for (Map.Entry<String, ?> field : authorizing.entrySet()) {
                out.raw(',').text(field.getKey()).raw(':').value(field.getValue());
            }
        }
        out.raw(HEADERS).texts(request.headers());
        addCookies(out);
        if (request.query() != null && !request.query().isEmpty()) {
            out.raw(QUERY).texts(query());
        }
        if (!parameters.isEmpty()) {
            out.raw(PATH_PARAMETERS).texts(parameters);
        }
        addContext(out);
        if (authorizing == null) {
            addBody(out);
        }
        return out.raw('}').toBytes();
    }

    private void addCookies(EventBytes out) {
        String cookies = request.header("cookie");
        if (cookies != null) {
            char before = '[';
            out.raw(COOKIES);
            for (String cookie : cookies.split(";")) {
                out.raw(before).text(cookie.strip());
                before = ',';
            }
            out.raw(before == '[' ? EMPTY : END);
        }
    }

    private void addContext(EventBytes out) {
        String agent = request.header("user-agent");
        out.raw(DOMAIN_NAME).text(request.host())
                .raw(METHOD).text(request.method())
                .raw(PATH).text(Percent.decode(request.path(), false))
                .raw(PROTOCOL).text(request.protocol())
                .raw(SOURCE_IP).text(request.clientIp());
        if (agent != null) {
            out.raw(USER_AGENT).text(agent);
        }
        out.raw(REQUEST_ID).text(request.trace().id()).raw(CONTEXT_ROUTE_KEY).text(routeKey).raw(TIME).number(System.currentTimeMillis());
        if (authorizer != null) {
            out.raw(AUTHORIZER).value(authorizer);
        }
        out.raw(KARAMON);
    }

    /** Returns the parameters of the query, decoded; the values of a repeated name are joined with a comma. */
    Map<String, String> query() {
        Map<String, String> parameters = new LinkedHashMap<>();
        String query = request.query() == null ? "" : request.query();
        for (int start = 0; start < query.length(); ) {
            int and = query.indexOf('&', start);
            int end = and < 0 ? query.length() : and;
            int equals = start;
            while (equals < end && query.charAt(equals) != '=') {
                equals++;
            }
            boolean bare = equals == end;
            if (end > start) {
                String name = Percent.decode(query.substring(start, bare ? end : equals), true);
                String value = bare ? "" : Percent.decode(query.substring(equals + 1, end), true);
                parameters.merge(name, value, (a, b) -> a + "," + b);
            }
            start = end + 1;
        }
        return parameters;
    }

    private void addBody(EventBytes out) {
        if (body == null || body.length == 0) {
            out.raw(NOT_BASE64);
            return;
        }
        String text = text();
        out.raw(BODY);
        if (text != null) {
            out.text(text).raw(NOT_BASE64);
        } else {
            out.raw('"').raw(Base64.getEncoder().encode(body)).raw('"').raw(BASE64);
        }
    }

    // The services pass a body of these types as text, all others as base64.
    private String text() {
        String type = request.header("content-type");
        if (type == null || request.header("content-encoding") != null || !TEXT.matcher(type).matches()) {
            return null;
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }
}
