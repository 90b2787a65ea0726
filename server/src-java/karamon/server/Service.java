package karamon.server;

import com.amazonaws.services.lambda.runtime.Context;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import karamon.json.JsonReader;
import karamon.json.Keys;
import karamon.json.MalformedJson;
import karamon.runtime.Contexts;
import karamon.runtime.Handler;
import karamon.text.Nearest;

/**
 * The routes of a service, as the file of {@code KARAMON_ROUTES} or the variable {@code KARAMON_HANDLER} declares them.
 *
 * @param cors for paths without a setting of their own; null for none
 * @param all in the order of the file
 */
record Service(Routes routes, Cors cors, List<Route> all) {
    private static final int MAX_SECONDS = 86_400;
    private static final String METHOD = "GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|ANY|[A-Z][A-Z-]{0,19}";

    /**
     * Returns the service that the settings name.
     *
     * @param load loads the handler of a {@code namespace/name}
     */
    static Service of(Settings settings, Function<String, Handler> load) {
        if (settings.handler() != null) {
            Contexts contexts = new Contexts(settings.handler(), 0);
            Route route = new Route("ANY", Route.DEFAULT, settings.handler(), load.apply(settings.handler()), contexts,
                    1000L * settings.requestTimeout(), null, null, List.of());
            Routes routes = new Routes();
            routes.add(route);
            return new Service(routes, null, List.of(route));
        }
        String file = settings.routes();
        try {
            return new Reader(file, settings, load).read(JsonReader.read(Files.readAllBytes(Path.of(file)), Keys.STRINGS));
        } catch (IOException | InvalidPathException e) {
            throw new SettingError("KARAMON_ROUTES must name a readable file, found " + file + " (" + e.getClass().getSimpleName() + ")");
        } catch (MalformedJson e) {
            throw new SettingError(file + " (KARAMON_ROUTES) must be JSON: " + e.getMessage());
        }
    }

    private record Reader(String file, Settings settings, Function<String, Handler> load) {
        Service read(Object json) {
            Fields fields = Fields.of(file, json, List.of("service", "routes", "cors", "authorizers"));
            fields.text("service");
            List<?> declared = fields.list("routes");
            if (declared.isEmpty()) {
                throw fields.wrong("routes", "a list with at least one route", declared);
            }
            Map<String, Handler> loaded = new HashMap<>();
            Function<String, Handler> once = name -> loaded.computeIfAbsent(name, load);
            Map<String, Authorizer> authorizers = authorizers(fields, once);
            List<String> methods = Cors.methods(declared.stream().map(route ->
                    route instanceof Map<?, ?> map && map.get("method") instanceof String method ? method : "ANY").toList());
            List<Route> all = new ArrayList<>();
            Routes routes = new Routes();
            for (int i = 0; i < declared.size(); i++) {
                Route route = route(file + ": routes[" + i + "]", declared.get(i), once, authorizers);
                all.add(route);
                routes.add(route);
            }
            return new Service(routes, Cors.of(fields.at("cors"), fields.values().get("cors"), methods), List.copyOf(all));
        }

        private Route route(String place, Object value, Function<String, Handler> load, Map<String, Authorizer> authorizers) {
            Fields fields = Fields.of(place, value,
                    List.of("method", "path", "handler", "function", "timeout", "memorySize", "cors", "authorizer"));
            String method = fields.text("method") == null ? "ANY" : fields.text("method");
            if (!method.matches(METHOD)) {
                throw fields.wrong("method", "a method in upper case, or ANY", method);
            }
            String path = path(fields);
            String handler = fields.required("handler");
            String function = fields.text("function") == null ? handler : fields.text("function");
            int seconds = fields.number("timeout", settings.requestTimeout(), 1, MAX_SECONDS);
            Object wanted = fields.values().get("authorizer");
            Fields authorizer = wanted == null ? null : Fields.of(fields.at("authorizer"), wanted, List.of("name", "scopes"));
            Authorizer found = authorizer == null ? null : authorizers.get(authorizer.required("name"));
            if (authorizer != null && found == null) {
                throw new SettingError(authorizer.at("name") + " must be a key of authorizers, found " + authorizer.text("name") + "."
                        + Nearest.hint(authorizer.text("name"), authorizers.keySet()));
            }
            return new Route(method, path, function, load.apply(handler), new Contexts(function, fields.number("memorySize", 0, 1, 1 << 20)),
                    1000L * Math.min(seconds, settings.requestTimeout()),
                    Cors.of(fields.at("cors"), fields.values().get("cors"), Cors.methods(List.of(method))),
                    found,
                    authorizer == null ? List.of() : authorizer.texts("scopes", List.of()));
        }

        private static String path(Fields fields) {
            String path = fields.required("path");
            if (!path.equals(Route.DEFAULT) && !path.matches("/|(/([^/{}]*|\\{[^/{}+]+\\}))*(/\\{[^/{}+]+\\+\\})?") || path.isEmpty()) {
                throw fields.wrong("path", "$default or a path such as /items/{id} or /files/{proxy+}", path);
            }
            return path;
        }

        private Map<String, Authorizer> authorizers(Fields fields, Function<String, Handler> load) {
            Map<String, Authorizer> authorizers = new LinkedHashMap<>();
            Object declared = fields.values().get("authorizers");
            if (declared == null) {
                return authorizers;
            }
            if (!(declared instanceof Map<?, ?> map)) {
                throw fields.wrong("authorizers", "an object", declared);
            }
            map.forEach((name, value) ->
                    authorizers.put((String) name, Authorizers.of((String) name, fields.at("authorizers") + "." + name, value, load)));
            return authorizers;
        }
    }

    /** Returns the CORS settings for a preflight request or a response; null for none. */
    Cors cors(Routes.Match match) {
        return match != null && match.route().cors() != null ? match.route().cors() : cors;
    }

    static Context context(Route route, Call call) {
        return route.contexts().context(call.incoming().trace().id(), call.deadlineMs(), call.incoming().trace().xray());
    }
}
