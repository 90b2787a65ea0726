package karamon.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SettingsTest {
    private static String error(Map<String, String> environment) {
        return assertThrows(SettingError.class, () -> Settings.of(new Environment(environment))).getMessage();
    }

    @Test
    void wrongValuesAreErrorsOfOneSentence() {
        assertEquals("PORT must be a whole number from 1 to 65535, found \"http\"", error(Map.of("KARAMON_HANDLER", "a/b", "PORT", "http")));
        assertEquals("KARAMON_DRAIN_DELAY must be a whole number from 0 to 86400, found \"-1\"",
                error(Map.of("KARAMON_HANDLER", "a/b", "KARAMON_DRAIN_DELAY", "-1")));
        assertTrue(error(Map.of()).startsWith("KARAMON_HANDLER must name a function"));
        assertTrue(error(Map.of("KARAMON_HANDLER", "a/b", "KARAMON_ROUTES", "c")).endsWith("unset one"));
        assertTrue(error(Map.of("KARAMON_HANDLER", "a/b", "PORT", "8081")).contains("must differ"));
        assertTrue(error(Map.of("KARAMON_HANDLER", "a/b", "KARAMON_FORWARDED", "10.0.0.0/33")).contains("found \"10.0.0.0/33\""));
        assertTrue(error(Map.of("KARAMON_HANDLER", "a/b", "KARAMON_FORWARDED", "proxy.example")).contains("CIDRs"));
    }

    @Test
    void wrongRoutesAreErrorsThatNameThePlace() throws IOException {
        Path file = Files.createTempFile("routes", ".json");
        Map<String, String> errors = Map.of(
                "[]", " must be an object",
                "{\"routes\": []}", ".routes must be a list with at least one route",
                "{\"routes\": [{\"path\": \"/a\"}]}", ": routes[0].handler must be a text, found nothing",
                "{\"routes\": [{\"path\": \"a\", \"handler\": \"a/b\"}]}", ": routes[0].path must be $default or a path",
                "{\"routes\": [{\"path\": \"/{a+}/b\", \"handler\": \"a/b\"}]}", ": routes[0].path must be",
                "{\"routes\": [{\"pth\": \"/a\", \"handler\": \"a/b\"}]}", "Did you mean path?",
                "{\"routes\": [{\"path\": \"/a\", \"handler\": \"a/b\", \"authorizer\": {\"name\": \"x\"}}]}", "must be a key of authorizers, found x",
                "{\"routes\": [{\"path\": \"/a\", \"handler\": \"a/b\"}], \"authorizers\": {\"j\": {\"type\": \"jwt\"}}}", ".issuerUrl must be a text, found nothing",
                "{", " must be JSON");
        for (Map.Entry<String, String> entry : errors.entrySet()) {
            Files.writeString(file, entry.getKey());
            Settings settings = Served.settings(file);
            String message = assertThrows(SettingError.class, () -> Service.of(settings, name -> (event, context) -> event)).getMessage();
            assertTrue(message.contains(entry.getValue()), message);
        }
        Files.delete(file);
    }

    @Test
    void forwardedAddressesCountOnlyIfTheirSenderIsTrusted() {
        assertEquals("10.0.0.1", Forwarded.NONE.client("10.0.0.1", List.of("192.0.2.1")));
        assertEquals("192.0.2.1", Forwarded.of("1").client("10.0.0.1", List.of("203.0.113.9, 192.0.2.1")));
        assertEquals("203.0.113.9", Forwarded.of("2").client("10.0.0.1", List.of("203.0.113.9", "192.0.2.1:4711")));
        Forwarded proxies = Forwarded.of("10.0.0.0/8, fd00::/8");
        assertEquals("192.0.2.1", proxies.client("10.0.0.1", List.of("203.0.113.9, 192.0.2.1, 10.2.3.4")));
        assertEquals("192.0.2.1", proxies.client("fd00::1", List.of("192.0.2.1")));
        assertEquals("192.0.2.77", proxies.client("192.0.2.77", List.of("203.0.113.9")));
        assertEquals("10.0.0.1", proxies.client("10.0.0.1", List.of("unknown")));
        assertFalse(proxies.trusts("fe00::1"));
    }

    @Test
    void routesTakePrecedenceAsInAnHttpApi() {
        Routes routes = new Routes();
        for (String key : List.of("GET /a/{id}", "ANY /a/b", "POST /a/b", "ANY /a/{rest+}", "GET /{x}/c", "GET /", "ANY $default")) {
            String[] parts = key.split(" ");
            routes.add(new Route(parts[0], parts[1], key, null, null, 0, null, null, List.of()));
        }
        assertEquals("GET /a/{id}", routes.find("GET", "/a/x").route().function());
        assertEquals("POST /a/b", routes.find("POST", "/a/b").route().function());
        assertEquals("ANY /a/b", routes.find("GET", "/a/b").route().function());
        assertEquals("ANY /a/{rest+}", routes.find("DELETE", "/a/x").route().function());
        assertEquals("ANY /a/{rest+}", routes.find("GET", "/a/b/c").route().function());
        assertEquals("GET /{x}/c", routes.find("GET", "/z/c").route().function());
        assertEquals("GET /", routes.find("GET", "/").route().function());
        assertEquals("ANY $default", routes.find("GET", "/a/").route().function());
        assertEquals(Map.of("id", "ä b"), routes.find("GET", "/a/%C3%A4%20b").parameters());
        assertNull(new Routes().find("GET", "/"));
    }

    @Test
    void anInvalidTraceparentIsReplaced() {
        assertEquals("4bf92f3577b34da6a3ce929d0e0e4736", Trace.of("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00").id());
        for (String invalid : List.of("", "00-00000000000000000000000000000000-00f067aa0ba902b7-00", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")) {
            assertTrue(Trace.of(invalid).id().matches("[0-9a-f]{32}"));
            assertNull(Trace.of(invalid).xray());
        }
    }
}
