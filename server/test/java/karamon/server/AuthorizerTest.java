package karamon.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AuthorizerTest {
    private static String encoded(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static String encoded(BigInteger number) {
        byte[] bytes = number.toByteArray();
        return encoded(bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes);
    }

    private static String token(KeyPair pair, String header, String claims) throws Exception {
        String signed = encoded(header.getBytes(StandardCharsets.UTF_8)) + "." + encoded(claims.getBytes(StandardCharsets.UTF_8));
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(pair.getPrivate());
        signature.update(signed.getBytes(StandardCharsets.US_ASCII));
        return signed + "." + encoded(signature.sign());
    }

    @Test
    void onlyTokensOfTheIssuerAreAccepted() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        KeyPair pair = generator.generateKeyPair();
        KeyPair other = generator.generateKeyPair();
        RSAPublicKey key = (RSAPublicKey) pair.getPublic();
        Path jwks = Files.createTempFile("jwks", ".json");
        Files.writeString(jwks, "{\"keys\": [{\"kty\": \"RSA\", \"kid\": \"k\", \"n\": \"" + encoded(key.getModulus()) + "\", \"e\": \""
                + encoded(key.getPublicExponent()) + "\"}]}");
        String header = "{\"alg\": \"RS256\", \"kid\": \"k\"}";
        String claims = "{\"iss\": \"https://i\", \"aud\": [\"shop\"], \"exp\": 9999999999, \"scope\": \"a read\"}";
        try (Served served = new Served("""
                {"routes": [{"path": "/any", "handler": "shop.handlers/show", "authorizer": {"name": "t"}},
                            {"path": "/read", "handler": "shop.handlers/show", "authorizer": {"name": "t", "scopes": ["read"]}},
                            {"path": "/write", "handler": "shop.handlers/show", "authorizer": {"name": "t", "scopes": ["write"]}}],
                 "authorizers": {"t": {"type": "jwt", "issuerUrl": "https://i", "audience": ["shop"], "jwks": "JWKS"}}}"""
                .replace("JWKS", jwks.toString()))) {
            String valid = "Bearer " + token(pair, header, claims);
            String body = served.get("/any", "authorization", valid).body();
            assertTrue(body.contains("\"jwt\":{") && body.contains("\"iss\":\"https://i\""), body);
            assertEquals(200, served.get("/read", "authorization", valid).statusCode());
            assertEquals(403, served.get("/write", "authorization", valid).statusCode());
            assertEquals(401, served.get("/any").statusCode());
            for (String invalid : List.of(
                    "nonsense",
                    token(other, header, claims),
                    token(pair, header, claims.replace("9999999999", "1")),
                    token(pair, header, claims.replace("https://i", "https://j")),
                    token(pair, header, claims.replace("shop", "mall")),
                    token(pair, header.replace("RS256", "none"), claims),
                    token(pair, header.replace("RS256", "HS256"), claims),
                    token(pair, header.replace("\"k\"", "\"x\""), claims))) {
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
    void anIssuerNamesNoFileForItsKeys() throws Exception {
        Path file = Files.createTempFile("jwks", ".json");
        Files.writeString(file, "{\"keys\": [{\"kty\": \"RSA\"}]}");
        HttpServer issuer = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        issuer.createContext("/", exchange -> {
            byte[] body = ("{\"jwks_uri\": \"" + file + "\"}").getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        issuer.start();
        try {
            Jwt jwt = Jwt.of(encoded("{\"alg\": \"RS256\"}".getBytes(StandardCharsets.UTF_8)) + "." + encoded("{}".getBytes(StandardCharsets.UTF_8)) + ".AA");
            Jwks jwks = new Jwks("http://127.0.0.1:" + issuer.getAddress().getPort(), null);
            String message = assertThrows(IOException.class, () -> jwks.keys(jwt)).getMessage();
            assertTrue(message.contains("expected a URL with https"), message);
        } finally {
            issuer.stop(0);
            Files.delete(file);
        }
    }
}
