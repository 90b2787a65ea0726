package karamon.server;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import karamon.http.Answer;
import karamon.http.HeaderRules;
import karamon.json.JsonReader;
import karamon.text.Shown;

/**
 * A handler's reply, as HTTP sends it. That of a function that isn't a gateway handler is read from its JSON; without a
 * {@code statusCode}, it is the body of a 200, as with payload format 2.0 on AWS.
 *
 * @param headers names and values in turn; a name may come again
 */
record Reply(int status, List<String> headers, byte[] body) {
    private static final byte[] NONE = {};
    private static final Set<String> OF_THE_CONNECTION =
            Set.of("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade");

    /** Returns an answer of the server itself, in the form of an HTTP API's. */
    static Reply message(int status, String message, String... headers) {
        List<String> all = new ArrayList<>(List.of(headers));
        all.addAll(List.of("content-type", "application/json"));
        return new Reply(status, all, ("{\"message\":\"" + message + "\"}").getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Reads an answer.
     *
     * @throws IOException when it isn't a reply
     */
    static Reply of(Answer answer) throws IOException {
        return answer.hasParts() ? new Reply(answer.status(), answer.headers(), answer.body()) : of(answer.bytes());
    }

    /**
     * Reads a reply's JSON.
     *
     * @throws IOException when it isn't a reply
     */
    static Reply of(byte[] json) throws IOException {
        JsonParser parser = JsonReader.open(json);
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            return data(json);
        }
        int status = 0;
        List<String> headers = new ArrayList<>();
        String body = null;
        boolean base64 = false;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            switch (name) {
                case "statusCode" -> status = parser.getValueAsInt();
                case "headers", "multiValueHeaders" -> readHeaders(parser, headers);
                case "cookies" -> readValues(parser, "set-cookie", headers);
                case "body" -> body = parser.getValueAsString();
                case "isBase64Encoded" -> base64 = parser.getValueAsBoolean();
                default -> parser.skipChildren();
            }
        }
        parser.close();
        if (status == 0) {
            return data(json);
        }
        if (status < 200 || status > 599) {
            throw new IOException("The function's statusCode must be a number from 200 to 599, found " + status);
        }
        byte[] bytes = body == null ? NONE : base64 ? Base64.getDecoder().decode(body) : body.getBytes(StandardCharsets.UTF_8);
        return new Reply(status, headers, bytes);
    }

    private static Reply data(byte[] json) {
        return new Reply(200, List.of("content-type", "application/json"), json);
    }

    private static void readHeaders(JsonParser parser, List<String> headers) throws IOException {
        if (parser.currentToken() == JsonToken.START_OBJECT) {
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                readValues(parser, name, headers);
            }
        }
    }

    private static void readValues(JsonParser parser, String name, List<String> headers) throws IOException {
        if (parser.currentToken() == JsonToken.START_ARRAY) {
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                readValues(parser, name, headers);
            }
        } else if (parser.currentToken() == JsonToken.START_OBJECT) {
            parser.skipChildren();
        } else if (parser.currentToken().isScalarValue() && parser.currentToken() != JsonToken.VALUE_NULL
                && !OF_THE_CONNECTION.contains(name.toLowerCase(Locale.ROOT))) {
            String value = parser.getText();
            // HTTP/2 would send line breaks as they are, and a proxy might take what follows for another header.
            if (!HeaderRules.isToken(name) || !HeaderRules.isValue(value)) {
                throw new IOException("The function's header " + Shown.of(name) + " must be a token, its value visible characters of Latin-1, found "
                        + Shown.of(value));
            }
            headers.add(name);
            headers.add(value);
        }
    }
}
