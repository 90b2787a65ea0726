package karamon.server;

import karamon.runtime.HandlerName;

/**
 * The settings of the HTTP server; {@code docs/server.md} describes them.
 *
 * @param handler the function for every request; null if {@code routes} is set
 * @param routes the file of routes; null if {@code handler} is set
 * @param managementPort 0 for none, -1 for any free port
 * @param port -1 for any free port
 * @param requestTimeout seconds, as all times are
 */
record Settings(
        String handler,
        String routes,
        String host,
        int port,
        int managementPort,
        int drainDelay,
        int drainTimeout,
        int maxBody,
        int requestTimeout,
        int maxConcurrent,
        Forwarded forwarded,
        boolean virtualThreads) {
    private static final int MAX_PORT = 65535;
    private static final int MAX_SECONDS = 86_400;
    private static final int MAX_BODY = 1024 * 1024 * 1024;
    private static final int FIRST_WITH_VIRTUAL_THREADS = 21;

    static Settings of(Environment environment) {
        String handler = HandlerName.of("KARAMON_HANDLER", environment.variables());
        handler = handler == null || handler.isBlank() ? null : handler.strip();
        String routes = environment.text("KARAMON_ROUTES");
        if (handler == null && routes == null) {
            throw new SettingError("KARAMON_HANDLER must name a function as namespace/name, such as example.core/hello, or KARAMON_ROUTES "
                    + "a file of routes, found neither");
        }
        if (handler != null && routes != null) {
            throw new SettingError("KARAMON_HANDLER and KARAMON_ROUTES exclude each other, found both: unset one");
        }
        String host = environment.text("KARAMON_HOST");
        return new Settings(
                handler,
                routes,
                host == null ? "0.0.0.0" : host,
                environment.number("PORT", 8080, 1, MAX_PORT),
                managementPort(environment),
                environment.number("KARAMON_DRAIN_DELAY", 5, 0, MAX_SECONDS),
                drainTimeout(environment),
                environment.number("KARAMON_MAX_BODY", 6 * 1024 * 1024, 0, MAX_BODY),
                environment.number("KARAMON_REQUEST_TIMEOUT", 30, 1, MAX_SECONDS),
                environment.number("KARAMON_MAX_CONCURRENT", 200, 1, 100_000),
                Forwarded.of(environment.text("KARAMON_FORWARDED")),
                virtualThreads(environment)).checked();
    }

    static int managementPort(Environment environment) {
        return environment.number("KARAMON_MANAGEMENT_PORT", 8081, 0, MAX_PORT);
    }

    static int drainTimeout(Environment environment) {
        return environment.number("KARAMON_DRAIN_TIMEOUT", 30, 0, MAX_SECONDS);
    }

    private static boolean virtualThreads(Environment environment) {
        int jdk = Runtime.version().feature();
        if (environment.truth("KARAMON_VIRTUAL_THREADS") && jdk < FIRST_WITH_VIRTUAL_THREADS) {
            throw new SettingError("KARAMON_VIRTUAL_THREADS needs JDK " + FIRST_WITH_VIRTUAL_THREADS + " or later, found " + jdk);
        }
        return environment.truth("KARAMON_VIRTUAL_THREADS");
    }

    private Settings checked() {
        if (port == managementPort) {
            throw new SettingError("KARAMON_MANAGEMENT_PORT must differ from PORT, found " + port + " for both");
        }
        return this;
    }
}
