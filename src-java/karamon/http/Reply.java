package karamon.http;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import karamon.json.JsonWriter;

/** Writes a response in the form of a source, with no other keys: REST APIs answer 502 to unknown keys. */
final class Reply implements JsonWriter.Document {
    private static final String SET_COOKIE = "set-cookie";
    // The name has nine letters.
    private static final int SPELLINGS = 1 << 9;

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
        int lost = response.cookies.size() - SPELLINGS;
        return lost <= 0 || !isSingleValue() ? null
                : "The reply can carry " + SPELLINGS + " cookies, so the first " + lost + " are lost"
                        + (source == Source.ALB ? ": set lambda.multi_value_headers.enabled on the load balancer's target group" : "");
    }

    int status() {
        return response.status;
    }

    byte[] body() {
        return response.body.bytes();
    }

    /** Returns names and values in turn, with a Set-Cookie for each cookie. */
    List<String> headers() {
        List<String> headers = new ArrayList<>();
        for (Response.Header header : response.headers.values()) {
            headers.add(header.name());
            headers.add(joined(header));
        }
        for (String cookie : response.cookies) {
            headers.add(SET_COOKIE);
            headers.add(cookie);
        }
        return headers;
    }

    private boolean isSingleValue() {
        return source == Source.LATTICE || source == Source.ALB && !multiValue;
    }

    @Override
    public void write(JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeNumberField("statusCode", response.status);
        switch (source) {
            case REST, HTTP_API_1, WEBSOCKET -> writeHeaders(out, response.cookies.size() > 1 || hasRepeats());
            case ALB, LATTICE -> {
                out.writeStringField("statusDescription", response.status + " " + ReasonPhrase.of(response.status));
                writeHeaders(out, !isSingleValue());
            }
            case HTTP_API, FUNCTION_URL, SERVER -> {
                out.writeObjectFieldStart("headers");
                writeJoined(out);
                out.writeEndObject();
                if (!response.cookies.isEmpty()) {
                    writeStrings(out, "cookies", response.cookies);
                }
            }
        }
        Body body = response.body;
        if (body.text() != null) {
            out.writeStringField("body", body.text());
        } else if (body.binary() != null) {
            out.writeBinaryField("body", body.binary());
        }
        if (response.streamed == null) {
            out.writeBooleanField("isBase64Encoded", body.binary() != null);
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
                writeStrings(out, SET_COOKIE, response.cookies);
            }
        } else {
            out.writeObjectFieldStart("headers");
            writeJoined(out);
            writeSpellings(out);
        }
        out.writeEndObject();
    }

    // A map of single values has room for a second cookie only under another spelling of the header's name.
    private void writeSpellings(JsonGenerator out) throws IOException {
        int lost = Math.max(0, response.cookies.size() - SPELLINGS);
        for (int i = lost; i < response.cookies.size(); i++) {
            out.writeStringField(spelling(i - lost), response.cookies.get(i));
        }
    }

    // Bit by bit, each letter in upper case whose bit is set: set-cookie, Set-cookie, sEt-cookie, SEt-cookie, …
    private static String spelling(int bits) {
        if (bits == 0) {
            return SET_COOKIE;
        }
        char[] name = SET_COOKIE.toCharArray();
        for (int i = 0, rest = bits; rest > 0; i++) {
            if (name[i] != '-') {
                name[i] -= (char) ((rest & 1) * ('a' - 'A'));
                rest >>= 1;
            }
        }
        return new String(name);
    }

    private void writeJoined(JsonGenerator out) throws IOException {
        for (Response.Header header : response.headers.values()) {
            out.writeStringField(header.name(), joined(header));
        }
    }

    private static String joined(Response.Header header) {
        return header.values().size() == 1 ? header.values().get(0) : String.join(",", header.values());
    }

    private static void writeStrings(JsonGenerator out, String name, List<String> values) throws IOException {
        out.writeArrayFieldStart(name);
        for (String value : values) {
            out.writeString(value);
        }
        out.writeEndArray();
    }
}
