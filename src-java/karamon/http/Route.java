package karamon.http;

/** The routes of an HTTP API, such as {@code /users/{id}} or {@code /files/{proxy+}}. */
final class Route {
    private Route() {}

    /**
     * Returns a path without the stage. On the API's own domain it begins with the stage. On a custom domain it doesn't, but a route
     * may begin with the stage's name: then the route decides.
     *
     * @param stage the name of a stage
     * @param route without a method; null if there is none
     * @param path decoded
     */
    static String withoutStage(String stage, String route, String path) {
        String rest = RequestMap.without("/" + stage, path);
        return fits(route, rest) || !fits(route, path) ? rest : path;
    }

    /**
     * Returns whether a path fits a route. A parameter fits one segment, a greedy one at least one.
     *
     * @param route without a method; null or {@code $default} for any path
     * @param path decoded
     */
    static boolean fits(String route, String path) {
        if (route == null || !route.startsWith("/")) {
            return true;
        }
        int at = 0;
        int in = 0;
        while (at < route.length() && in < path.length()) {
            int end = end(route, at);
            int inEnd = end(path, in);
            boolean parameter = end > at + 2 && route.charAt(at + 1) == '{' && route.charAt(end - 1) == '}';
            if (parameter && route.charAt(end - 2) == '+') {
                return inEnd > in + 1 || inEnd < path.length();
            }
            if (parameter ? inEnd == in + 1 : end - at != inEnd - in || !route.regionMatches(at, path, in, end - at)) {
                return false;
            }
            at = end;
            in = inEnd;
        }
        return at == route.length() && in == path.length();
    }

    private static int end(String text, int slash) {
        int end = text.indexOf('/', slash + 1);
        return end < 0 ? text.length() : end;
    }
}
