package karamon.runtime;

import com.amazonaws.services.lambda.runtime.CognitoIdentity;
import java.util.Map;
import karamon.json.JsonReader;
import karamon.json.Keys;

/** The caller's Cognito identity; both may be null. */
record SentIdentity(String getIdentityId, String getIdentityPoolId) implements CognitoIdentity {

    /**
     * Reads the header's JSON. AWS tells its form nowhere; the names are those that its Java client reads
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
