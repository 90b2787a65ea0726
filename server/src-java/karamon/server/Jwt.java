package karamon.server;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import karamon.json.JsonReader;
import karamon.json.JsonWriter;
import karamon.json.Keys;
import karamon.json.MalformedJson;
import karamon.text.Shown;

/**
 * A JSON Web Token, checked as API Gateway's JWT authorizers do. The local gateway uses this class too.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 *
 * @param header of the token, with texts as keys
 * @param claims likewise
 * @param signed the bytes that the signature is of
 * @param signature as the algorithm in the header makes it
 */
public record Jwt(Map<?, ?> header, Map<?, ?> claims, byte[] signed, byte[] signature) {
    private static final int MAX_LENGTH = 32_768;
    private static final int MIN_RSA_BITS = 2048;
    // The list is closed: a token never chooses an algorithm without a signature, or one that takes a public key as a secret.
    private static final Map<String, Algorithm> ALGORITHMS = Map.of(
            "RS256", new Algorithm("SHA256withRSA", "RSA", null, null, 0),
            "RS384", new Algorithm("SHA384withRSA", "RSA", null, null, 0),
            "RS512", new Algorithm("SHA512withRSA", "RSA", null, null, 0),
            "ES256", new Algorithm("SHA256withECDSAinP1363Format", "EC", "P-256", "secp256r1", 64),
            "ES384", new Algorithm("SHA384withECDSAinP1363Format", "EC", "P-384", "secp384r1", 96),
            "ES512", new Algorithm("SHA512withECDSAinP1363Format", "EC", "P-521", "secp521r1", 132));

    private record Algorithm(String java, String type, String curve, String javaCurve, int bytes) {}

    /** Thrown for a token that isn't accepted; the message says why. */
    public static final class Invalid extends Exception {
        private static final long serialVersionUID = 1L;

        Invalid(String message) {
            super(message);
        }

        /** {@return the challenge for the client, a value of WWW-Authenticate} */
        public String challenge() {
            String why = getMessage().replaceAll("[\"\\\\]|[^ -~]", "'");
            return "Bearer scope=\"\" error=\"invalid_token\" error_description=\"" + why + "\"";
        }
    }

    /**
     * Reads a token; {@link #checkSignature} and {@link #checkClaims} check it.
     *
     * @param text the token
     * @return what it says
     * @throws Invalid when it is no token, or names an algorithm that isn't accepted
     */
    public static Jwt of(String text) throws Invalid {
        String[] parts = text.length() > MAX_LENGTH ? new String[0] : text.split("\\.", -1);
        if (parts.length != 3) {
            throw new Invalid("the token isn't three parts with dots between them, of at most " + MAX_LENGTH + " characters");
        }
        Map<?, ?> header = object(parts[0], "header");
        if (!(header.get("alg") instanceof String alg) || !ALGORITHMS.containsKey(alg)) {
            throw new Invalid("the token's alg is " + Shown.of(header.get("alg")) + ", expected RS or ES with 256, 384 or 512");
        }
        if (header.get("crit") != null) {
            throw new Invalid("the token's header has crit, whose extensions nobody here knows");
        }
        byte[] signed = (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII);
        return new Jwt(header, object(parts[1], "claims"), signed, decode(parts[2], "signature"));
    }

    private static Map<?, ?> object(String part, String what) throws Invalid {
        try {
            if (JsonReader.read(decode(part, what), Keys.STRINGS) instanceof Map<?, ?> map) {
                return map;
            }
        } catch (MalformedJson e) {
            // Falls through to the error below.
        }
        throw new Invalid("the token's " + what + " isn't a JSON object in base64url");
    }

    private static byte[] decode(Object text, String what) throws Invalid {
        try {
            return Base64.getUrlDecoder().decode(String.valueOf(text));
        } catch (IllegalArgumentException e) {
            throw new Invalid("the token's " + what + " isn't base64url");
        }
    }

    /** Returns whether one of the keys may have signed this token: it has the token's kid, and suits its algorithm. */
    boolean isKnown(List<Map<?, ?>> keys) {
        return keys.stream().anyMatch(this::fits);
    }

    private Algorithm algorithm() {
        return ALGORITHMS.get(header.get("alg"));
    }

    private boolean fits(Map<?, ?> key) {
        return algorithm().type().equals(key.get("kty"))
                && (algorithm().curve() == null || algorithm().curve().equals(key.get("crv")))
                && (key.get("alg") == null || key.get("alg").equals(header.get("alg")))
                && (key.get("use") == null || key.get("use").equals("sig"))
                && (header.get("kid") == null || header.get("kid").equals(key.get("kid")));
    }

    /**
     * Checks the signature.
     *
     * @param keys those of a JWKS
     * @throws Invalid unless one of them signed this token
     */
    public void checkSignature(List<Map<?, ?>> keys) throws Invalid {
        if (!isKnown(keys)) {
            throw new Invalid("no key of the JWKS has the kid " + Shown.of(header.get("kid")) + " and suits " + header.get("alg"));
        }
        String why = "the signature is wrong";
        for (Map<?, ?> key : keys) {
            try {
                if (fits(key) && isSignedBy(key)) {
                    return;
                }
            } catch (Invalid e) {
                // Another key may be the one.
                why = e.getMessage();
            }
        }
        throw new Invalid(why);
    }

    private boolean isSignedBy(Map<?, ?> key) throws Invalid {
        if (algorithm().bytes() > 0 && signature.length != algorithm().bytes()) {
            return false;
        }
        try {
            Signature verifier = Signature.getInstance(algorithm().java());
            verifier.initVerify(publicKey(key));
            verifier.update(signed);
            return verifier.verify(signature);
        } catch (GeneralSecurityException | RuntimeException e) {
            return false;
        }
    }

    private PublicKey publicKey(Map<?, ?> key) throws GeneralSecurityException, Invalid {
        if (algorithm().type().equals("RSA")) {
            BigInteger modulus = number(key.get("n"));
            if (modulus.bitLength() < MIN_RSA_BITS) {
                throw new Invalid("an RSA key of " + modulus.bitLength() + " bits, expected " + MIN_RSA_BITS + " or more");
            }
            return KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(modulus, number(key.get("e"))));
        }
        AlgorithmParameters curve = AlgorithmParameters.getInstance("EC");
        curve.init(new ECGenParameterSpec(algorithm().javaCurve()));
        ECPoint point = new ECPoint(number(key.get("x")), number(key.get("y")));
        return KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(point, curve.getParameterSpec(ECParameterSpec.class)));
    }

    private static BigInteger number(Object text) throws Invalid {
        return new BigInteger(1, decode(text, "key"));
    }

    /**
     * Checks the claims.
     *
     * @param issuer null if any will do
     * @param audience of which the token needs one; empty if any will do
     * @param now seconds since 1970
     * @throws Invalid unless the token is for this service, and valid now
     */
    public void checkClaims(String issuer, List<String> audience, long now) throws Invalid {
        if (!(claims.get("exp") instanceof Number exp)) {
            throw new Invalid("exp is " + Shown.of(claims.get("exp")) + ", expected seconds since 1970");
        }
        if (exp.doubleValue() <= now) {
            throw new Invalid("the token has expired");
        }
        for (String claim : List.of("nbf", "iat")) {
            Object time = claims.get(claim);
            if (time != null && !(time instanceof Number number && number.doubleValue() <= now)) {
                throw new Invalid(claim + " is later than now");
            }
        }
        if (issuer != null && !issuer.equals(claims.get("iss"))) {
            throw new Invalid("the issuer is " + Shown.of(claims.get("iss")) + ", expected " + issuer);
        }
        Object aud = claims.get("aud") != null ? claims.get("aud") : claims.get("client_id");
        if (!audience.isEmpty() && many(aud).stream().noneMatch(audience::contains)) {
            throw new Invalid("the audience is " + Shown.of(aud) + ", expected " + String.join(" or ", audience));
        }
    }

    /**
     * Returns the scopes that this token gives.
     *
     * @return those of {@code scope}, or without it of {@code scp}
     */
    public List<String> scopes() {
        List<String> scopes = new ArrayList<>();
        for (Object item : many(claims.get("scope") != null ? claims.get("scope") : claims.get("scp"))) {
            for (String scope : String.valueOf(item).split("\\s+")) {
                if (!scope.isEmpty()) {
                    scopes.add(scope);
                }
            }
        }
        return scopes;
    }

    /** {@return the claims as API Gateway passes them on, each as one text} */
    public Map<String, String> texts() {
        Map<String, String> texts = new LinkedHashMap<>();
        claims.forEach((claim, value) -> texts.put((String) claim, text(value)));
        return texts;
    }

    private static String text(Object claim) {
        return claim instanceof String text ? text
                : claim instanceof List<?> list ? list.stream().map(Jwt::text).collect(Collectors.joining(" ", "[", "]"))
                : JsonWriter.string(claim);
    }

    private static List<?> many(Object value) {
        return value instanceof List<?> list ? list : value == null ? List.of() : List.of(value);
    }
}
