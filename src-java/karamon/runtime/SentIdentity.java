package karamon.runtime;

import com.amazonaws.services.lambda.runtime.CognitoIdentity;
import java.util.Map;
import karamon.json.JsonReader;
import karamon.json.Keys;

/** The caller's Cognito identity; both may be null. */
record SentIdentity(String getIdentityId, String getIdentityPoolId) implements CognitoIdentity {

    /**
     * Parses the header's JSON. AWS doesn't document its form; these are the names that AWS's Java client reads
     * (aws-lambda-java-runtime-interface-client, LambdaCognitoIdentity).
     *
     * @throws karamon.json.MalformedJson when it isn't JSON
     */
    static SentIdentity of(String json) {
        return JsonReader.read(json, Keys.STRINGS) instanceof Map<?, ?> map
                ? new SentIdentity(text(map.get("cognitoIdentityId")), text(map.get("cognitoIdentityPoolId")))
                : new SentIdentity(null, null);
    }

    private static String text(Object value) {
        return value == null ? null : value.toString();
    }
}
