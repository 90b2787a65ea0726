package karamon.server;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import karamon.json.JsonWriter;
import karamon.text.Percent;

/**
 * A request as an event in payload format 2.0, as function URLs send it; {@code requestContext.karamon} distinguishes it.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
 *
 * @param body null for none
 * @param authorizer what the route's authorizer says, for {@code requestContext.authorizer}; null for nothing
 * @param authorizing more fields, and no body, for an authorizer; null for the event of the route's function
 */
record RequestEvent(Incoming request, String routeKey, Map<String, String> parameters, byte[] body, Object authorizer, Map<String, ?> authorizing)
        implements JsonWriter.Document {
    private static final Pattern TEXT = Pattern.compile("(?i)^(text/|application/(json|javascript|xml)\\b).*", Pattern.DOTALL);

    @Override
    public void write(JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeStringField("version", "2.0");
        out.writeStringField("routeKey", routeKey);
        out.writeStringField("rawPath", request.path());
        out.writeStringField("rawQueryString", request.query() == null ? "" : request.query());
        if (authorizing != null) {
            for (Map.Entry<String, ?> field : authorizing.entrySet()) {
                out.writeFieldName(field.getKey());
                JsonWriter.write(field.getValue(), out, null);
            }
        }
        writeStrings(out, "headers", request.headers());
        writeCookies(out);
        if (request.query() != null && !request.query().isEmpty()) {
            writeStrings(out, "queryStringParameters", query());
        }
        if (!parameters.isEmpty()) {
            writeStrings(out, "pathParameters", parameters);
        }
        writeContext(out);
        if (authorizing == null) {
            writeBody(out);
        }
        out.writeEndObject();
    }

    private static void writeStrings(JsonGenerator out, String name, Map<String, String> values) throws IOException {
        out.writeObjectFieldStart(name);
        for (Map.Entry<String, String> entry : values.entrySet()) {
            out.writeStringField(entry.getKey(), entry.getValue());
        }
        out.writeEndObject();
    }

    private void writeCookies(JsonGenerator out) throws IOException {
        String cookies = request.header("cookie");
        if (cookies != null) {
            out.writeArrayFieldStart("cookies");
            for (String cookie : cookies.split(";")) {
                out.writeString(cookie.strip());
            }
            out.writeEndArray();
        }
    }

    private void writeContext(JsonGenerator out) throws IOException {
        String agent = request.header("user-agent");
        out.writeObjectFieldStart("requestContext");
        out.writeStringField("domainName", request.host());
        out.writeObjectFieldStart("http");
        out.writeStringField("method", request.method());
        out.writeStringField("path", Percent.decode(request.path(), false));
        out.writeStringField("protocol", request.protocol());
        out.writeStringField("sourceIp", request.clientIp());
        if (agent != null) {
            out.writeStringField("userAgent", agent);
        }
        out.writeEndObject();
        out.writeStringField("requestId", request.trace().id());
        out.writeStringField("routeKey", routeKey);
        out.writeStringField("stage", "$default");
        out.writeNumberField("timeEpoch", System.currentTimeMillis());
        if (authorizer != null) {
            out.writeFieldName("authorizer");
            JsonWriter.write(authorizer, out, null);
        }
        out.writeObjectFieldStart("karamon");
        out.writeEndObject();
        out.writeEndObject();
    }

    /** Returns the parameters of the query, decoded; the values of a repeated name are joined with a comma. */
    Map<String, String> query() {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String pair : String.valueOf(request.query() == null ? "" : request.query()).split("&")) {
            int equals = pair.indexOf('=');
            if (!pair.isEmpty()) {
                String name = Percent.decode(equals < 0 ? pair : pair.substring(0, equals), true);
                parameters.merge(name, equals < 0 ? "" : Percent.decode(pair.substring(equals + 1), true), (a, b) -> a + "," + b);
            }
        }
        return parameters;
    }

    private void writeBody(JsonGenerator out) throws IOException {
        if (body == null || body.length == 0) {
            out.writeBooleanField("isBase64Encoded", false);
            return;
        }
        String text = text();
        out.writeStringField("body", text != null ? text : Base64.getEncoder().encodeToString(body));
        out.writeBooleanField("isBase64Encoded", text == null);
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
