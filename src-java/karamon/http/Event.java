package karamon.http;

import clojure.lang.IPersistentMap;
import clojure.lang.IPersistentVector;
import clojure.lang.Keyword;
import clojure.lang.RT;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Map;
import karamon.json.JsonReader;
import karamon.json.KebabKeys;
import karamon.json.Keys;

/** An HTTP event as sent, with the fields of all sources, read in one pass. A field that wasn't sent is null. */
final class Event {
    private static final Keyword ELB = Keyword.intern(null, "elb");
    private static final Keyword HTTP = Keyword.intern(null, "http");
    private static final Keyword DOMAIN_NAME = Keyword.intern(null, "domain-name");
    private static final Keyword CONNECTION_ID = Keyword.intern(null, "connection-id");

    final byte[] bytes;
    Source source;
    String version;
    String httpMethod;
    String path;
    String rawPath;
    String rawQueryString;
    String resource;
    String routeKey;
    String body;
    boolean base64;
    IPersistentMap headers;
    IPersistentMap multiValueHeaders;
    IPersistentMap query;
    IPersistentMap multiValueQuery;
    IPersistentMap pathParameters;
    IPersistentMap stageVariables;
    IPersistentMap context;
    IPersistentVector cookies;
    private long postponedHeaders = -1;

    private Event(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Reads an event.
     *
     * @param source the source of the event; null to detect it
     * @throws karamon.json.MalformedJson when the bytes aren't JSON
     * @throws NotHttpEvent when the event isn't from an HTTP source
     */
    static Event read(byte[] bytes, Source source) {
        Event event = new Event(bytes);
        try (JsonParser parser = JsonReader.open(bytes)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw event.notHttp();
            }
            event.readFields(parser, new JsonReader(parser));
            JsonReader.end(parser);
            event.readPostponedHeaders();
        } catch (IOException e) {
            throw JsonReader.malformed(e);
        }
        event.source = source != null ? source : event.detectSource();
        return event;
    }

    private void readFields(JsonParser parser, JsonReader json) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            switch (name) {
                case "version" -> version = text(parser, name);
                case "httpMethod" -> httpMethod = text(parser, name);
                case "path" -> path = text(parser, name);
                case "rawPath" -> rawPath = text(parser, name);
                case "rawQueryString" -> rawQueryString = text(parser, name);
                case "resource" -> resource = text(parser, name);
                case "routeKey" -> routeKey = text(parser, name);
                case "body" -> body = text(parser, name);
                case "isBase64Encoded" -> base64 = truth(parser, name);
                case "headers" -> readHeaders(parser, json, name);
                case "multiValueHeaders" -> multiValueHeaders = map(parser, json, name, HeaderKeys.LOWER);
                case "queryStringParameters" -> query = map(parser, json, name, Keys.STRINGS);
                case "multiValueQueryStringParameters" -> multiValueQuery = map(parser, json, name, Keys.STRINGS);
                case "pathParameters" -> pathParameters = map(parser, json, name, Keys.KEYWORDS);
                case "stageVariables" -> stageVariables = map(parser, json, name, Keys.KEYWORDS);
                case "requestContext" -> context = map(parser, json, name, KebabKeys.CONTEXT);
                case "cookies" -> cookies = vector(parser, json, name);
                default -> parser.skipChildren();
            }
        }
    }

    // A REST event has a resource, and its headers twice. The single values are needed only if the multiple ones are missing,
    // so they are skipped, and read later if necessary.
    private void readHeaders(JsonParser parser, JsonReader json, String name) throws IOException {
        boolean twice = resource != null && parser.currentToken() == JsonToken.START_OBJECT;
        postponedHeaders = twice ? parser.currentTokenLocation().getByteOffset() : -1;
        if (postponedHeaders >= 0) {
            parser.skipChildren();
        } else {
            headers = map(parser, json, name, HeaderKeys.LOWER);
        }
    }

    private void readPostponedHeaders() throws IOException {
        if (postponedHeaders >= 0 && (multiValueHeaders == null || multiValueHeaders.count() == 0)) {
            try (JsonParser parser = JsonReader.open(bytes, (int) postponedHeaders)) {
                parser.nextToken();
                headers = (IPersistentMap) new JsonReader(parser).value(HeaderKeys.LOWER);
            }
        }
    }

    // The order matters: an event of a later kind may also look like one of an earlier kind.
    private Source detectSource() {
        Object http = RT.get(context, HTTP);
        if (RT.get(context, ELB) != null) {
            return Source.ALB;
        }
        if ("2.0".equals(version) && http instanceof IPersistentMap) {
            return RT.get(context, DOMAIN_NAME) instanceof String domain && domain.contains(".lambda-url.")
                    ? Source.FUNCTION_URL
                    : Source.HTTP_API;
        }
        if (httpMethod != null && (version == null || version.equals("1.0"))) {
            return Source.REST;
        }
        if (RT.get(context, CONNECTION_ID) != null) {
            return Source.WEBSOCKET;
        }
        throw notHttp();
    }

    /** Returns whether the source accepts a streamed reply. HTTP APIs don't, but their older format looks like a REST API's. */
    boolean isStreamed() {
        return source == Source.FUNCTION_URL || source == Source.REST && version == null;
    }

    private NotHttpEvent notHttp() {
        Object event = JsonReader.read(bytes, Keys.STRINGS);
        String has = event instanceof Map<?, ?> map ? "it has the keys " + map.keySet() : "it is " + RT.printString(event);
        return new NotHttpEvent("This event isn't from an HTTP source (REST API, HTTP API, function URL, ALB or WebSocket API): "
                + shortened(has));
    }

    private static String shortened(String text) {
        return text.length() > 500 ? text.substring(0, 500) + "…" : text;
    }

    private static String text(JsonParser parser, String name) throws IOException {
        return switch (parser.currentToken()) {
            case VALUE_STRING -> parser.getText();
            case VALUE_NULL -> null;
            default -> throw unexpected(parser, name, "a string");
        };
    }

    private static boolean truth(JsonParser parser, String name) throws IOException {
        return switch (parser.currentToken()) {
            case VALUE_TRUE -> true;
            case VALUE_FALSE, VALUE_NULL -> false;
            default -> throw unexpected(parser, name, "true or false");
        };
    }

    private static IPersistentMap map(JsonParser parser, JsonReader json, String name, Keys keys) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> (IPersistentMap) json.value(keys);
            case VALUE_NULL -> null;
            default -> throw unexpected(parser, name, "an object");
        };
    }

    private static IPersistentVector vector(JsonParser parser, JsonReader json, String name) throws IOException {
        return switch (parser.currentToken()) {
            case START_ARRAY -> (IPersistentVector) json.value(Keys.STRINGS);
            case VALUE_NULL -> null;
            default -> throw unexpected(parser, name, "an array");
        };
    }

    private static NotHttpEvent unexpected(JsonParser parser, String name, String expected) throws IOException {
        return new NotHttpEvent("The event's " + name + " must be " + expected + ", found " + shortened(parser.getText()) + " (line "
                + parser.currentTokenLocation().getLineNr() + ", column " + parser.currentTokenLocation().getColumnNr() + ")");
    }
}
