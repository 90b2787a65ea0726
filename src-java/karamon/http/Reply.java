package karamon.http;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import karamon.json.JsonWriter;

/** Writes a response in the form of a source, with no other keys: REST APIs answer 502 to unknown keys. */
final class Reply implements JsonWriter.Document {
    private final Source source;
    private final boolean multiValue;
    private final Response response;

    /**
     * Makes a reply.
     *
     * @param multiValue whether a load balancer sent multi-value headers, and so expects them in the reply
     */
    Reply(Source source, boolean multiValue, Response response) {
        this.source = source;
        this.multiValue = multiValue;
        this.response = response;
    }

    /** Returns a warning for the log if something is lost in this reply; else null. */
    String warning() {
        return source == Source.ALB && !multiValue && response.cookies.size() > 1
                ? "The load balancer accepts only one cookie, so " + (response.cookies.size() - 1)
                        + " of them are lost: set lambda.multi_value_headers.enabled on its target group"
                : null;
    }

    @Override
    public void write(JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeNumberField("statusCode", response.status);
        switch (source) {
            case REST, WEBSOCKET -> writeHeaders(out, response.cookies.size() > 1 || hasRepeats());
            case ALB -> {
                out.writeStringField("statusDescription", response.status + " " + ReasonPhrase.of(response.status));
                writeHeaders(out, multiValue);
            }
            case HTTP_API, FUNCTION_URL -> {
                out.writeObjectFieldStart("headers");
                writeJoined(out);
                out.writeEndObject();
                if (!response.cookies.isEmpty()) {
                    writeStrings(out, "cookies", response.cookies);
                }
            }
        }
        if (response.body.text() != null) {
            out.writeStringField("body", response.body.text());
        }
        if (response.streamed == null) {
            out.writeBooleanField("isBase64Encoded", response.body.base64());
        }
        out.writeEndObject();
    }

    private boolean hasRepeats() {
        for (Response.Header header : response.headers.values()) {
            if (header.values().size() > 1) {
                return true;
            }
        }
        return false;
    }

    // All headers go into one of the two maps, never into both: API Gateway would send them twice.
    private void writeHeaders(JsonGenerator out, boolean multi) throws IOException {
        if (multi) {
            out.writeObjectFieldStart("multiValueHeaders");
            for (Response.Header header : response.headers.values()) {
                writeStrings(out, header.name(), header.values());
            }
            if (!response.cookies.isEmpty()) {
                writeStrings(out, "set-cookie", response.cookies);
            }
        } else {
            out.writeObjectFieldStart("headers");
            writeJoined(out);
            if (!response.cookies.isEmpty()) {
                out.writeStringField("set-cookie", response.cookies.get(response.cookies.size() - 1));
            }
        }
        out.writeEndObject();
    }

    private void writeJoined(JsonGenerator out) throws IOException {
        for (Response.Header header : response.headers.values()) {
            List<String> values = header.values();
            out.writeStringField(header.name(), values.size() == 1 ? values.get(0) : String.join(",", values));
        }
    }

    private static void writeStrings(JsonGenerator out, String name, List<String> values) throws IOException {
        out.writeArrayFieldStart(name);
        for (String value : values) {
            out.writeString(value);
        }
        out.writeEndArray();
    }
}
