package karamon.http;

import clojure.lang.IPersistentMap;
import clojure.lang.IPersistentVector;
import clojure.lang.Keyword;
import clojure.lang.RT;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import karamon.json.CollidingKeys;
import karamon.json.JsonReader;
import karamon.json.KebabKeys;
import karamon.json.Keys;
import karamon.json.Maps;

/** An HTTP event as sent, with the fields of all sources, read in one pass. A field that wasn't sent is null. */
final class Event {
    private static final Keyword ELB = Keyword.intern(null, "elb");
    private static final Keyword HTTP = Keyword.intern(null, "http");
    private static final Keyword DOMAIN_NAME = Keyword.intern(null, "domain-name");
    private static final Keyword KARAMON = Keyword.intern(null, "karamon");
    private static final Keyword CONNECTION_ID = Keyword.intern(null, "connection-id");
    private static final Keyword SERVICE_ARN = Keyword.intern(null, "service-arn");

    private static final int MAX_NAMES = 32;

    final byte[] bytes;
    Source source;
    String version;
    String httpMethod;
    String method;
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
    /** Why the names that the client chose can't be read; null if they can. */
    CollidingKeys collision;
    private boolean agent;
    private String latticePath;
    private long postponedHeaders = -1;
    private String[] postponedNames;
    private int postponedCount;

    private Event(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Reads an event.
     *
     * @param source the source of the event; null to detect it
     * @param exact whether fractions are read as {@code BigDecimal}
     * @throws karamon.json.MalformedJson when the bytes aren't JSON
     * @throws NotHttpEvent when the event isn't from an HTTP source
     */
    static Event read(byte[] bytes, Source source, boolean exact) {
        Event event = new Event(bytes);
        event.source = source;
        try {
            JsonParser parser = JsonReader.open(bytes);
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw NotHttpEvent.of(bytes);
            }
            event.readFields(parser, new JsonReader(parser, exact));
            JsonReader.end(parser);
            event.readPostponedHeaders();
        } catch (IOException e) {
            throw JsonReader.malformed(e);
        }
        event.source = source != null ? source : event.detectSource();
        event.path = event.path != null ? event.path : event.latticePath;
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
                case "isBase64Encoded", "is_base64_encoded" -> base64 = truth(parser, name);
                case "headers" -> readHeaders(parser, json, name);
                case "multiValueHeaders" -> multiValueHeaders = chosen(parser, json, name, HeaderKeys.LOWER);
                case "queryStringParameters", "query_string_parameters" -> readQuery(parser, json, name);
                case "multiValueQueryStringParameters" -> multiValueQuery = chosen(parser, json, name, Keys.STRINGS);
                case "pathParameters" -> pathParameters = chosen(parser, json, name, Keys.KEYWORDS);
                case "stageVariables" -> stageVariables = map(parser, json, name, Keys.KEYWORDS);
                case "requestContext" -> context = map(parser, json, name, KebabKeys.CONTEXT);
                case "cookies" -> cookies = vector(parser, json, name);
                case "method" -> method = textOrNull(parser);
                case "raw_path" -> latticePath = textOrNull(parser);
                case "actionGroup" -> agent = textOrNull(parser) != null;
                default -> parser.skipChildren();
            }
        }
    }

    // Format 2.0 has the query twice. The raw one keeps repeated names apart, and is the one that is read.
    private void readQuery(JsonParser parser, JsonReader json, String name) throws IOException {
        if (rawQueryString != null && !rawQueryString.isEmpty() && "2.0".equals(version) && (source == null || RequestMap.isVersion2(source))) {
            parser.skipChildren();
        } else {
            query = chosen(parser, json, name, Keys.STRINGS);
        }
    }

    // A REST event has a resource, and its headers twice. The single values are needed only for headers without multiple ones,
    // so they are skipped, and read later if necessary.
    private void readHeaders(JsonParser parser, JsonReader json, String name) throws IOException {
        boolean twice = resource != null && parser.currentToken() == JsonToken.START_OBJECT;
        postponedHeaders = twice ? parser.currentTokenLocation().getByteOffset() : -1;
        if (postponedHeaders < 0) {
            headers = chosen(parser, json, name, HeaderKeys.LOWER);
            return;
        }
        headers = null;
        postponedNames = new String[MAX_NAMES];
        postponedCount = 0;
        for (String header = parser.nextFieldName(); header != null; header = parser.nextFieldName()) {
            postponedNames[Math.min(postponedCount++, MAX_NAMES - 1)] = header;
            parser.nextToken();
            parser.skipChildren();
        }
    }

    private void readPostponedHeaders() throws IOException {
        if (postponedHeaders >= 0
                && (postponedCount > MAX_NAMES || !Headers.hasNames(multiValueHeaders, postponedNames, postponedCount))) {
            JsonParser parser = JsonReader.open(bytes, (int) postponedHeaders);
            parser.nextToken();
            headers = chosen(parser, new JsonReader(parser, false), "headers", HeaderKeys.LOWER);
            parser.close();
        }
    }

    // The order matters: an event of a later kind may also look like one of an earlier kind.
    private Source detectSource() {
        Object http = RT.get(context, HTTP);
        if (RT.get(context, ELB) != null) {
            return Source.ALB;
        }
        if (RT.get(context, SERVICE_ARN) != null || latticePath != null && method != null && context == null) {
            return Source.LATTICE;
        }
        if ("2.0".equals(version) && http instanceof IPersistentMap) {
            boolean url = RT.get(context, DOMAIN_NAME) instanceof String domain && domain.contains(".lambda-url.");
            return RT.get(context, KARAMON) != null ? Source.SERVER : url ? Source.FUNCTION_URL : Source.HTTP_API;
        }
        if (httpMethod != null && !agent && (version == null || version.equals("1.0"))) {
            return version == null ? Source.REST : Source.HTTP_API_1;
        }
        if (RT.get(context, CONNECTION_ID) != null) {
            return Source.WEBSOCKET;
        }
        throw NotHttpEvent.of(bytes);
    }

    /** Returns whether the source accepts a streamed reply. HTTP APIs don't, but their older format looks like a REST API's. */
    boolean isStreamed() {
        return source == Source.FUNCTION_URL || source == Source.SERVER || source == Source.REST && version == null;
    }

    private static String text(JsonParser parser, String name) throws IOException {
        return switch (parser.currentToken()) {
            case VALUE_STRING -> parser.getText();
            case VALUE_NULL -> null;
            default -> throw NotHttpEvent.unexpected(parser, name, "a string");
        };
    }

    private static boolean truth(JsonParser parser, String name) throws IOException {
        return switch (parser.currentToken()) {
            case VALUE_TRUE -> true;
            case VALUE_FALSE, VALUE_NULL -> false;
            // VPC Lattice's guide has them as strings.
            case VALUE_STRING -> switch (parser.getText()) {
                case "true" -> true;
                case "false" -> false;
                default -> throw NotHttpEvent.unexpected(parser, name, "true or false");
            };
            default -> throw NotHttpEvent.unexpected(parser, name, "true or false");
        };
    }

    // A name that events of other services use for anything.
    private static String textOrNull(JsonParser parser) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_STRING) {
            return parser.getText();
        }
        parser.skipChildren();
        return null;
    }

    // A map whose names the client chose. If they collide, the request is refused, but only after the source is known, since that
    // determines the form of the answer.
    private IPersistentMap chosen(JsonParser parser, JsonReader json, String name, Keys keys) throws IOException {
        JsonStreamContext outside = parser.getParsingContext().getParent();
        try {
            return map(parser, json, name, keys);
        } catch (CollidingKeys e) {
            collision = e;
            while (parser.getParsingContext() != outside) {
                parser.nextToken();
            }
            return Maps.of(null, 0);
        }
    }

    private static IPersistentMap map(JsonParser parser, JsonReader json, String name, Keys keys) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> (IPersistentMap) json.value(keys);
            case VALUE_NULL -> null;
            default -> throw NotHttpEvent.unexpected(parser, name, "an object");
        };
    }

    private static IPersistentVector vector(JsonParser parser, JsonReader json, String name) throws IOException {
        return switch (parser.currentToken()) {
            case START_ARRAY -> (IPersistentVector) json.value(Keys.STRINGS);
            case VALUE_NULL -> null;
            default -> throw NotHttpEvent.unexpected(parser, name, "an array");
        };
    }
}
