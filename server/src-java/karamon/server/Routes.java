package karamon.server;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import karamon.text.Percent;

/**
 * Finds the route of a request as an HTTP API does: a fixed segment takes precedence over a parameter, a parameter over a greedy
 * one, a method over ANY. A route without the request's method leaves it to a less specific one.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
final class Routes {
    /** A route with the values of its path parameters, decoded. */
    record Match(Route route, Map<String, String> parameters) {}

    // Names of parameters are the routes' own: two routes through one node may call them differently.
    private static final class Node {
        final Map<String, Node> fixed = new HashMap<>();
        final Map<String, Route> ends = new HashMap<>();
        final Map<String, Route> greedy = new HashMap<>();
        Node parameter;
    }

    private final Node root = new Node();
    private Route otherwise;

    /** Adds a route; does nothing if it has the method and path of an earlier one. */
    void add(Route route) {
        if (route.path().equals(Route.DEFAULT)) {
            otherwise = otherwise == null ? route : otherwise;
            return;
        }
        Node node = root;
        for (String segment : route.path().substring(1).split("/", -1)) {
            if (segment.endsWith("+}")) {
                node.greedy.putIfAbsent(route.method(), route);
                return;
            }
            if (segment.startsWith("{")) {
                node.parameter = node.parameter == null ? new Node() : node.parameter;
                node = node.parameter;
            } else {
                node = node.fixed.computeIfAbsent(segment, name -> new Node());
            }
        }
        node.ends.putIfAbsent(route.method(), route);
    }

    /**
     * Returns the route for a request.
     *
     * @param method in upper case
     * @param path as sent, encoded
     * @return null if there is none
     */
    Match find(String method, String path) {
        Route route = path.startsWith("/") ? find(root, method, path, 1) : null;
        if (route == null) {
            return otherwise == null ? null : new Match(otherwise, Map.of());
        }
        return new Match(route, parameters(route.path(), path));
    }

    private static Route find(Node node, String method, String path, int start) {
        if (start > path.length()) {
            return of(node.ends, method);
        }
        int slash = path.indexOf('/', start);
        int end = slash < 0 ? path.length() : slash;
        Node fixed = node.fixed.get(path.substring(start, end));
        Route found = fixed == null ? null : find(fixed, method, path, end + 1);
        if (found == null && node.parameter != null && end > start) {
            found = find(node.parameter, method, path, end + 1);
        }
        return found == null && start < path.length() ? of(node.greedy, method) : found;
    }

    private static Route of(Map<String, Route> byMethod, String method) {
        Route exact = byMethod.get(method);
        return exact != null ? exact : byMethod.get("ANY");
    }

    private static Map<String, String> parameters(String template, String path) {
        if (template.indexOf('{') < 0) {
            return Map.of();
        }
        Map<String, String> parameters = new LinkedHashMap<>();
        int start = 1;
        for (String segment : template.substring(1).split("/", -1)) {
            boolean greedy = segment.endsWith("+}");
            int slash = greedy ? -1 : path.indexOf('/', start);
            int end = slash < 0 ? path.length() : slash;
            if (segment.startsWith("{")) {
                String name = segment.substring(1, segment.length() - (greedy ? 2 : 1));
                parameters.put(name, Percent.decode(path.substring(start, end), false));
            }
            start = end + 1;
        }
        return parameters;
    }
}
