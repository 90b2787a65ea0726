package karamon.server;

import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import karamon.log.Log;
import karamon.runtime.OutputLogger;

/**
 * An authorizer that accepts the tokens of an issuer.
 *
 * @param audience of which a token needs one
 * @param log decides which refusals are logged
 */
record JwtAuthorizer(String name, Authorizers.Identity identity, String issuer, List<String> audience, Jwks jwks, Seldom log)
        implements Authorizer {
    private static final long MILLIS = 1000;

    @Override
    public Decision decide(Call call) throws IOException {
        String value = identity.value(call);
        String token = value == null ? "" : value.strip().replaceFirst("(?i)^Bearer(?:\\s+|$)", "");
        if (token.isEmpty()) {
            return Decision.refuse(Authorizers.unauthorized("www-authenticate", "Bearer"));
        }
        try {
            Jwt jwt = Jwt.of(token);
            jwt.checkSignature(jwks.keys(jwt));
            jwt.checkClaims(issuer, audience, System.currentTimeMillis() / MILLIS);
            return decide(jwt, call.match().route().scopes());
        } catch (Jwt.Invalid e) {
            report(e.getMessage());
            return Decision.refuse(Authorizers.unauthorized("www-authenticate", e.challenge()));
        }
    }

    private void report(String why) {
        long others = log.pass(System.currentTimeMillis());
        if (others >= 0) {
            String more = others == 0 ? "" : " (and " + others + " tokens before it)";
            Log.ofTheProcess().report(OutputLogger.INSTANCE, LogLevel.INFO, "authorizer " + name + " refused a token: " + why + more, null, null);
        }
    }

    private static Decision decide(Jwt jwt, List<String> wanted) {
        List<String> scopes = jwt.scopes();
        if (!wanted.isEmpty() && scopes.stream().noneMatch(wanted::contains)) {
            return Decision.refuse(Reply.message(403, "Forbidden",
                    "www-authenticate", "Bearer scope=\"" + String.join(" ", wanted) + "\" error=\"insufficient_scope\""));
        }
        Map<String, Object> found = new HashMap<>();
        found.put("claims", jwt.texts());
        found.put("scopes", wanted.isEmpty() ? null : scopes);
        return new Decision(null, Map.of("jwt", found));
    }
}
