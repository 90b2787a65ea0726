package karamon.runtime;

import com.amazonaws.services.lambda.runtime.Client;
import com.amazonaws.services.lambda.runtime.ClientContext;
import java.util.HashMap;
import java.util.Map;
import karamon.json.JsonReader;
import karamon.json.JsonWriter;
import karamon.json.Keys;

/** The client's SDK and app, as the SDK describes them; null if not sent. */
record SentClientContext(Client getClient, Map<String, String> getCustom, Map<String, String> getEnvironment) implements ClientContext {

    private record App(
            String getInstallationId, String getAppTitle, String getAppVersionName, String getAppVersionCode, String getAppPackageName)
            implements Client {}

    /**
     * Parses the JSON of a client context; its names:
     * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html (clientContext)
     *
     * @throws karamon.json.MalformedJson when it isn't JSON
     */
    static SentClientContext of(String json) {
        return JsonReader.read(json, Keys.STRINGS) instanceof Map<?, ?> map
                ? new SentClientContext(app(map.get("client")), texts(map.get("custom")), texts(map.get("env")))
                : new SentClientContext(null, null, null);
    }

    private static Client app(Object client) {
        return client instanceof Map<?, ?> map
                ? new App(
                        text(map.get("installation_id")), text(map.get("app_title")), text(map.get("app_version_name")),
                        text(map.get("app_version_code")), text(map.get("app_package_name")))
                : null;
    }

    private static Map<String, String> texts(Object values) {
        if (!(values instanceof Map<?, ?> map)) {
            return null;
        }
        Map<String, String> texts = new HashMap<>();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            texts.put(entry.getKey().toString(), text(entry.getValue()));
        }
        return texts;
    }

    // AWS's interface has only strings: other values stay JSON.
    private static String text(Object value) {
        return value == null ? null : value instanceof String text ? text : JsonWriter.string(value);
    }
}
