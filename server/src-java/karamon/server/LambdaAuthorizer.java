package karamon.server;

import com.amazonaws.services.lambda.runtime.Context;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import karamon.json.JsonReader;
import karamon.json.JsonWriter;
import karamon.json.Keys;
import karamon.runtime.Contexts;
import karamon.runtime.Handler;
import karamon.text.Shown;

/**
 * An authorizer that is a function of the service.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
 *
 * @param token whether it gets only the token
 * @param simple whether it returns {@code isAuthorized}, and no policy
 * @param expression that a token must match; null for none
 * @param ttlMs how long an answer holds for the same identity, in milliseconds
 */
record LambdaAuthorizer(
        List<Authorizers.Identity> identities,
        Handler handler,
        Contexts contexts,
        boolean token,
        boolean simple,
        Pattern expression,
        long ttlMs,
        Map<List<String>, Kept> kept) implements Authorizer {
    private static final int MAX_KEPT = 1000;

    record Kept(long untilMs, Object reply) {}

    @Override
    public Decision decide(Call call) throws Exception {
        List<String> values = new ArrayList<>();
        for (Authorizers.Identity identity : identities) {
            String value = identity.value(call);
            if (value == null || token && expression != null && !expression.matcher(value).find()) {
                return Decision.refuse(Authorizers.unauthorized());
            }
            values.add(value);
        }
        Incoming request = call.incoming();
        String arn = "arn:aws:execute-api:local:000000000000:server/$default/" + request.method() + request.path();
        Object reply = reply(call, values, arn);
        return simple ? simpleDecision(reply) : policyDecision(reply, arn);
    }

    private Object reply(Call call, List<String> values, String arn) {
        long now = System.currentTimeMillis();
        Kept earlier = ttlMs == 0 || values.isEmpty() ? null : kept.get(values);
        if (earlier != null && now < earlier.untilMs()) {
            return earlier.reply();
        }
        Context context = contexts.context(call.incoming().trace().id(), call.deadlineMs(), call.incoming().trace().xray());
        Object reply = JsonReader.read(handler.handle(event(call, values, arn), context), Keys.STRINGS);
        if (ttlMs > 0 && !values.isEmpty()) {
            if (kept.size() >= MAX_KEPT) {
                kept.clear();
            }
            kept.put(values, new Kept(now + ttlMs, reply));
        }
        return reply;
    }

    private byte[] event(Call call, List<String> values, String arn) {
        Map<String, Object> fields = new HashMap<>();
        fields.put("type", token ? "TOKEN" : "REQUEST");
        fields.put(token ? "methodArn" : "routeArn", arn);
        if (token) {
            fields.put("authorizationToken", values.get(0));
            return JsonWriter.bytes((Object) fields);
        }
        fields.put("identitySource", values);
        return new RequestEvent(call.incoming(), call.match().route().key(), call.match().parameters(), null, null, fields).bytes();
    }

    private static Decision simpleDecision(Object reply) {
        if (!(reply instanceof Map<?, ?> map) || !(map.get("isAuthorized") instanceof Boolean authorized)) {
            throw new IllegalStateException("The authorizer must return isAuthorized, true or false, found " + Shown.of(reply));
        }
        return authorized ? allowed(map.get("context")) : Decision.refuse(Authorizers.FORBIDDEN);
    }

    private static Decision policyDecision(Object reply, String arn) {
        if (!(reply instanceof Map<?, ?> map) || !(map.get("principalId") instanceof String)
                || !(map.get("policyDocument") instanceof Map<?, ?> policy)) {
            throw new IllegalStateException("The authorizer must return principalId, a text, and policyDocument, a policy, found "
                    + Shown.of(reply));
        }
        return Policy.allows(policy, arn) ? allowed(map.get("context")) : Decision.refuse(Authorizers.FORBIDDEN);
    }

    private static Decision allowed(Object context) {
        return new Decision(null, context == null ? Map.of() : Map.of("lambda", context));
    }
}
