package karamon.server;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import karamon.runtime.Contexts;
import karamon.runtime.Handler;

/** Reads the settings of authorizers, and answers for them as an HTTP API does. */
final class Authorizers {
    private static final long LOG_MS = 10_000;
    static final Reply FORBIDDEN = Reply.message(403, "Forbidden");

    private Authorizers() {}

    /** Returns the authorizer that an object in the file of routes describes. */
    static Authorizer of(String name, String place, Object value, Function<String, Handler> load) {
        Fields fields = Fields.of(place, value, List.of("type", "identitySource", "issuerUrl", "audience", "jwks", "handler",
                "resultTtlInSeconds", "enableSimpleResponses", "identityValidationExpression"));
        List<String> sources = fields.texts("identitySource", List.of("$request.header.Authorization"));
        List<Identity> identities = sources.stream().map(source -> Identity.of(fields, source)).toList();
        String type = fields.required("type");
        if (sources.isEmpty() && (type.equals("jwt") || type.equals("token"))) {
            throw fields.wrong("identitySource", "a list of at least one source", sources);
        }
        if (type.equals("jwt")) {
            // Without them, tokens that the issuer made for other services would do.
            String issuer = fields.required("issuerUrl");
            List<String> audience = fields.texts("audience", List.of());
            if (audience.isEmpty()) {
                throw fields.wrong("audience", "a list of at least one text", fields.values().get("audience"));
            }
            Jwks jwks = new Jwks(issuer, fields.text("jwks"), System::currentTimeMillis);
            return new JwtAuthorizer(name, identities.get(0), issuer, audience, jwks, new Seldom(LOG_MS));
        }
        if (type.equals("refuse")) {
            return call -> Authorizer.Decision.refuse(FORBIDDEN);
        }
        if (!type.equals("request") && !type.equals("token")) {
            throw fields.wrong("type", "jwt, request, token or refuse", type);
        }
        boolean token = type.equals("token");
        String handler = fields.required("handler");
        return new LambdaAuthorizer(
                identities,
                load.apply(handler),
                new Contexts(handler, 0),
                token,
                fields.truth("enableSimpleResponses"),
                pattern(fields),
                1000L * fields.number("resultTtlInSeconds", token ? 300 : 0, 0, 3600),
                new ConcurrentHashMap<>());
    }

    private static Pattern pattern(Fields fields) {
        String expression = fields.text("identityValidationExpression");
        try {
            return expression == null ? null : Pattern.compile(expression);
        } catch (PatternSyntaxException e) {
            throw fields.wrong("identityValidationExpression", "a regex", expression);
        }
    }

    /** Returns the refusal of a request without an identity, or with an invalid one. */
    static Reply unauthorized(String... headers) {
        return Reply.message(401, "Unauthorized", headers);
    }

    /** Where a request has its identity. */
    record Identity(boolean header, String name) {
        static Identity of(Fields fields, String source) {
            boolean header = source.startsWith("$request.header.");
            if (!header && !source.startsWith("$request.querystring.")) {
                throw fields.wrong("identitySource", "a list such as [\"$request.header.Authorization\"]", source);
            }
            String name = source.substring(source.indexOf('.', "$request.".length()) + 1);
            return new Identity(header, header ? name.toLowerCase(Locale.ROOT) : name);
        }

        /** Returns its value; null if it is missing or blank. */
        String value(Call call) {
            Incoming request = call.incoming();
            String value = header
                    ? request.header(name)
                    : new RequestEvent(request, "", Map.of(), null, null, null).query().get(name);
            return value == null || value.isBlank() ? null : value;
        }
    }
}
