package karamon.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AuthorizerTest {
    @Test
    void onlyTokensOfTheIssuerAreAccepted() throws Exception {
        KeyPair pair = Tokens.pair(2048);
        KeyPair other = Tokens.pair(2048);
        Path jwks = Files.createTempFile("jwks", ".json");
        Files.writeString(jwks, "{\"keys\": [" + Tokens.jwk(pair, "k") + "]}");
        String header = "{\"alg\": \"RS256\", \"kid\": \"k\"}";
        String claims = "{\"iss\": \"https://i\", \"aud\": [\"shop\"], \"exp\": 9999999999, \"scope\": \"a read\"}";
        try (Served served = new Served("""
                {"routes": [{"path": "/any", "handler": "shop.handlers/show", "authorizer": {"name": "t"}},
                            {"path": "/read", "handler": "shop.handlers/show", "authorizer": {"name": "t", "scopes": ["read"]}},
                            {"path": "/write", "handler": "shop.handlers/show", "authorizer": {"name": "t", "scopes": ["write"]}}],
                 "authorizers": {"t": {"type": "jwt", "issuerUrl": "https://i", "audience": ["shop"], "jwks": "JWKS"}}}"""
                .replace("JWKS", jwks.toString()))) {
            String valid = "Bearer " + Tokens.token(pair, header, claims);
            String body = served.get("/any", "authorization", valid).body();
            assertTrue(body.contains("\"jwt\":{") && body.contains("\"iss\":\"https://i\""), body);
            assertEquals(200, served.get("/read", "authorization", valid).statusCode());
            assertEquals(403, served.get("/write", "authorization", valid).statusCode());
            assertEquals(401, served.get("/any").statusCode());
            for (String invalid : List.of(
                    "nonsense",
                    Tokens.token(other, header, claims),
                    Tokens.token(pair, header, claims.replace("9999999999", "1")),
                    Tokens.token(pair, header, claims.replace("https://i", "https://j")),
                    Tokens.token(pair, header, claims.replace("shop", "mall")),
                    Tokens.token(pair, header.replace("RS256", "none"), claims),
                    Tokens.token(pair, header.replace("RS256", "HS256"), claims),
                    Tokens.token(pair, header.replace("\"k\"", "\"x\""), claims))) {
                assertEquals(401, served.get("/any", "authorization", invalid).statusCode(), invalid);
            }
        } finally {
            Files.delete(jwks);
        }
    }

    @Test
    void functionsDecideWhoMayCallARoute() throws Exception {
        try (Served served = new Served("""
                {"routes": [{"path": "/simple", "handler": "shop.handlers/show", "authorizer": {"name": "s"}},
                            {"path": "/token", "handler": "shop.handlers/show", "authorizer": {"name": "p"}}],
                 "authorizers": {"s": {"type": "request", "handler": "shop.handlers/simple", "enableSimpleResponses": true,
                                       "identitySource": ["$request.querystring.key"]},
                                 "p": {"type": "token", "handler": "shop.handlers/policy", "identityValidationExpression": "^(yes|no)$"}}}""")) {
            assertEquals(401, served.get("/simple").statusCode());
            assertEquals(403, served.get("/simple?key=no").statusCode());
            assertTrue(served.get("/simple?key=yes").body().contains("\"authorizer\":{\"lambda\":{\"who\":\"me\"}}"), "context");
            assertEquals(200, served.get("/token", "authorization", "yes").statusCode());
            assertEquals(403, served.get("/token", "authorization", "no").statusCode());
            assertEquals(401, served.get("/token", "authorization", "maybe").statusCode());
        }
    }

    @Test
    void anExplicitDenyCounts() {
        Map<String, Object> allow = Map.of("Effect", "Allow", "Action", "execute-api:*", "Resource", List.of("arn:x/*"));
        assertTrue(Policy.allows(Map.of("Statement", List.of(allow)), "arn:x/y"));
        assertFalse(Policy.allows(Map.of("Statement", List.of(allow)), "arn:y"));
        assertFalse(Policy.allows(Map.of("Statement", List.of(allow, Map.of("Effect", "Deny", "Action", "*", "NotResource", "arn:x/z"))), "arn:x/y"));
        assertFalse(Policy.allows(Map.of(), "arn:x/y"));
        assertFalse(Policy.allows(Map.of("Statement", Map.of("Effect", "Allow", "Action", "*", "Resource", "*", "Condition", Map.of())), "arn:x/y"));
    }

    @Test
    void aRouteMayRefuseAllRequests() throws Exception {
        try (Served served = new Served("""
                {"routes": [{"path": "/admin", "handler": "shop.handlers/show", "authorizer": {"name": "r"}},
                            {"path": "$default", "handler": "shop.handlers/show"}],
                 "authorizers": {"r": {"type": "refuse"}}}""")) {
            assertEquals(403, served.get("/admin", "authorization", "yes").statusCode());
            assertEquals(200, served.get("/other").statusCode());
        }
    }

    @Test
    void aTokenNeedsASource() {
        assertTrue(assertThrows(SettingError.class, () -> Authorizers.of("t", "routes.json: authorizers.t",
                Map.of("type", "jwt", "issuerUrl", "https://i", "identitySource", List.of()), null)).getMessage()
                .startsWith("routes.json: authorizers.t.identitySource must be a list of at least one source"));
    }

    @Test
    void aTokenNeedsAnIssuerAndAnAudience() {
        for (Map<String, Object> settings : List.<Map<String, Object>>of(
                Map.of("type", "jwt", "issuerUrl", "https://i"),
                Map.of("type", "jwt", "issuerUrl", "https://i", "audience", List.of()),
                Map.of("type", "jwt", "jwks", "keys.json", "audience", List.of("shop")))) {
            String message = assertThrows(SettingError.class, () -> Authorizers.of("t", "routes.json: authorizers.t", settings, null)).getMessage();
            assertTrue(message.matches("routes.json: authorizers.t.(issuerUrl|audience) must be .*"), message);
        }
    }
}
