package karamon.http;

import clojure.lang.IObj;
import clojure.lang.IPersistentMap;
import clojure.lang.Keyword;
import clojure.lang.PersistentArrayMap;
import clojure.lang.RT;
import java.util.Map;
import karamon.json.CollidingKeys;
import karamon.json.JsonReader;
import karamon.json.Keys;
import karamon.json.Maps;
import karamon.text.Percent;

/** Makes the request map of an event, in the same form for all sources. */
final class RequestMap {
    private static final Keyword METHOD = key("method");
    private static final Keyword PATH = key("path");
    private static final Keyword RESOURCE = key("resource");
    private static final Keyword PATH_PARAMETERS = key("path-parameters");
    private static final Keyword QUERY = key("query");
    private static final Keyword QUERY_ALL = key("query-all");
    private static final Keyword QUERY_STRING = key("query-string");
    private static final Keyword HEADERS = key("headers");
    private static final Keyword HEADERS_ALL = key("headers-all");
    private static final Keyword COOKIES = key("cookies");
    private static final Keyword BODY = key("body");
    private static final Keyword BASE64 = key("base64?");
    private static final Keyword CONTEXT = key("context");
    private static final Keyword STAGE_VARIABLES = key("stage-variables");
    private static final Keyword CLIENT_IP = key("client-ip");
    private static final Keyword SCHEME = key("scheme");
    private static final Keyword HOST = key("host");
    private static final Keyword SOURCE = key("source");
    private static final Keyword RAW = key("raw");

    private static final IPersistentMap EXACT =
            new PersistentArrayMap(new Object[] {Keyword.intern("karamon", "decimals"), key("exact")});

    private static final Keyword CONTENT_TYPE = key("content-type");
    private static final Keyword CONTENT_ENCODING = key("content-encoding");
    private static final Keyword FORWARDED_FOR = key("x-forwarded-for");
    private static final Keyword FORWARDED_PROTO = key("x-forwarded-proto");
    private static final Keyword HTTP = key("http");
    private static final Keyword IDENTITY = key("identity");
    private static final Keyword SOURCE_IP = key("source-ip");
    private static final Keyword DOMAIN_NAME = key("domain-name");
    private static final Keyword STAGE = key("stage");
    private static final Keyword ROUTE_KEY = key("route-key");
    private static final Keyword HTTPS = key("https");
    private static final Keyword WSS = key("wss");

    private final Event event;
    private final Headers headers;

    private RequestMap(Event event) {
        this.event = event;
        this.headers = Headers.of(event.multiValueHeaders, event.headers, event.cookies);
    }

    private static Keyword key(String name) {
        return Keyword.intern(null, name);
    }

    /**
     * Returns the request map of an event.
     *
     * @throws BadRequest when the body can't be read, or the client's names were made to collide
     */
    static IPersistentMap of(Event event, ReadOptions options) {
        try {
            if (event.collision != null) {
                throw event.collision;
            }
            return new RequestMap(event).map(options);
        } catch (CollidingKeys e) {
            throw new BadRequest("The request can't be read: " + e.getMessage(), e);
        }
    }

    // The most used keys come first: an array map is searched from its start.
    private IPersistentMap map(ReadOptions options) {
        Query query = query();
        Object[] pairs = {
            METHOD, method(),
            PATH, path(options.basePath()),
            QUERY, query.last(),
            PATH_PARAMETERS, pathParameters(),
            HEADERS, headers.joined(),
            BODY, body(options.lazyBody()),
            COOKIES, RequestCookies.of(headers.get(Headers.COOKIE)),
            QUERY_ALL, query.all(),
            QUERY_STRING, query.string(),
            HEADERS_ALL, headers.all(),
            RESOURCE, resource(),
            BASE64, event.base64,
            CONTEXT, orEmpty(event.context),
            STAGE_VARIABLES, orEmpty(event.stageVariables),
            CLIENT_IP, clientIp(),
            SCHEME, scheme(),
            HOST, host(),
            SOURCE, event.source.keyword(),
            RAW, options.raw() ? JsonReader.read(event.bytes, Keys.STRINGS, true) : null,
        };
        IPersistentMap map = Maps.of(pairs, options.raw() ? pairs.length : pairs.length - 2);
        return options.exact() ? (IPersistentMap) ((IObj) map).withMeta(EXACT) : map;
    }

    private static IPersistentMap orEmpty(IPersistentMap map) {
        return map == null ? PersistentArrayMap.EMPTY : map;
    }

    static boolean isVersion2(Source source) {
        return source == Source.HTTP_API || source == Source.FUNCTION_URL || source == Source.SERVER;
    }

    /** Returns the method as sent; null if there is none. */
    static String method(Event event) {
        return isVersion2(event.source)
                ? RT.get(RT.get(event.context, HTTP), METHOD) instanceof String method ? method : null
                : event.source == Source.LATTICE ? event.method : event.httpMethod;
    }

    private Object method() {
        String method = method(event);
        return method == null ? null : HeaderKeys.LOWER.of(method);
    }

    // HTTP APIs decode the path, other sources send it as in the request: captures of each are in
    // https://github.com/hotsock/voker/pull/8.
    private String path(String basePath) {
        String sent = isVersion2(event.source) ? event.rawPath : event.path;
        String path = sent == null || sent.isEmpty() ? "/" : sent;
        path = switch (event.source) {
            case HTTP_API, HTTP_API_1 -> Percent.encodeDecodedPath(withoutStage(path));
            case LATTICE -> Percent.encodePath(Query.before(path));
            default -> Percent.encodePath(path);
        };
        return basePath == null ? path : without(Percent.encodePath(basePath), path);
    }

    private String withoutStage(String path) {
        return RT.get(event.context, STAGE) instanceof String stage && !stage.equals("$default")
                ? Route.withoutStage(stage, resource(), path)
                : path;
    }

    static String without(String prefix, String path) {
        if (!path.startsWith(prefix)) {
            return path;
        }
        String rest = path.substring(prefix.length());
        return rest.isEmpty() ? "/" : rest.charAt(0) == '/' ? rest : path;
    }

    // A route key is "GET /users/{id}" or "$default".
    private String resource() {
        return switch (event.source) {
            case REST, HTTP_API_1 -> event.resource;
            case ALB, LATTICE -> null;
            case WEBSOCKET -> RT.get(event.context, ROUTE_KEY) instanceof String key ? key : null;
            case HTTP_API, FUNCTION_URL, SERVER -> {
                String key = event.routeKey;
                yield key == null ? null : key.substring(key.indexOf(' ') + 1);
            }
        };
    }

    private IPersistentMap pathParameters() {
        IPersistentMap sent = orEmpty(event.pathParameters);
        if (event.source != Source.REST) {
            return sent;
        }
        IPersistentMap decoded = sent;
        for (Object item : sent) {
            Map.Entry<?, ?> entry = (Map.Entry<?, ?>) item;
            if (entry.getValue() instanceof String value && value.indexOf('%') >= 0) {
                decoded = decoded.assoc(entry.getKey(), Percent.decode(value, false));
            }
        }
        return decoded;
    }

    private Query query() {
        return switch (event.source) {
            case REST, HTTP_API_1, WEBSOCKET -> Query.ofMaps(event.multiValueQuery, event.query, false);
            case ALB -> Query.ofMaps(event.multiValueQuery, event.query, true);
            case HTTP_API, FUNCTION_URL, SERVER -> event.rawQueryString == null || event.rawQueryString.isEmpty()
                    ? Query.ofMaps(null, event.query, false)
                    : Query.ofRaw(event.rawQueryString);
            case LATTICE -> Query.ofTarget(event.path, event.query);
        };
    }

    private Object body(boolean lazy) {
        String body = event.body;
        if (!lazy && (body == null || body.isEmpty() || !event.base64)) {
            return body == null || body.isEmpty() ? null : body;
        }
        RequestBody stream = new RequestBody(body, event.base64, headers.get(CONTENT_TYPE), headers.get(CONTENT_ENCODING));
        return lazy ? stream : stream.value();
    }

    private Object clientIp() {
        return switch (event.source) {
            case REST, HTTP_API_1, WEBSOCKET -> RT.get(RT.get(event.context, IDENTITY), SOURCE_IP);
            case HTTP_API, FUNCTION_URL, SERVER -> RT.get(RT.get(event.context, HTTP), SOURCE_IP);
            case ALB, LATTICE -> lastHop(headers.get(FORWARDED_FOR));
        };
    }

    // The load balancer appends the client's address, with the port if it is configured to keep it.
    private static String lastHop(String forwarded) {
        if (forwarded == null) {
            return null;
        }
        String hop = forwarded.substring(forwarded.lastIndexOf(',') + 1).strip();
        if (hop.startsWith("[")) {
            return hop.substring(1, Math.max(1, hop.indexOf(']')));
        }
        int colon = hop.indexOf(':');
        return colon >= 0 && colon == hop.lastIndexOf(':') ? hop.substring(0, colon) : hop;
    }

    // API Gateway and function URLs use only HTTPS. A load balancer's health checks don't name a scheme, and Karamon's server
    // has no TLS: a proxy that has it must name the scheme.
    private Keyword scheme() {
        if (event.source == Source.WEBSOCKET) {
            return WSS;
        }
        String forwarded = headers.get(FORWARDED_PROTO);
        if (forwarded == null) {
            return event.source == Source.ALB || event.source == Source.SERVER ? HTTP : HTTPS;
        }
        return forwarded.substring(forwarded.lastIndexOf(',') + 1).strip().equalsIgnoreCase("http") ? HTTP : HTTPS;
    }

    private Object host() {
        String host = headers.get(HOST);
        return host != null ? host : RT.get(event.context, DOMAIN_NAME);
    }
}
