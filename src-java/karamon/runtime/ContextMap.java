package karamon.runtime;

import clojure.lang.IPersistentMap;
import clojure.lang.Keyword;
import clojure.lang.PersistentArrayMap;
import com.amazonaws.services.lambda.runtime.Client;
import com.amazonaws.services.lambda.runtime.ClientContext;
import com.amazonaws.services.lambda.runtime.CognitoIdentity;
import com.amazonaws.services.lambda.runtime.Context;
import java.util.Map;
import karamon.json.Keys;
import karamon.json.Maps;
import karamon.log.Running;

/** Makes the context map, the second argument of handlers. */
final class ContextMap {
    private static final Keyword AWS_REQUEST_ID = key("aws-request-id");
    private static final Keyword DEADLINE_MS = key("deadline-ms");
    private static final Keyword FUNCTION_NAME = key("function-name");
    private static final Keyword FUNCTION_VERSION = key("function-version");
    private static final Keyword FUNCTION_ARN = key("function-arn");
    private static final Keyword MEMORY_MB = key("memory-mb");
    private static final Keyword LOG_GROUP_NAME = key("log-group-name");
    private static final Keyword LOG_STREAM_NAME = key("log-stream-name");
    private static final Keyword IDENTITY = key("identity");
    private static final Keyword CLIENT_CONTEXT = key("client-context");
    private static final Keyword TRACE_ID = key("trace-id");
    private static final Keyword TENANT_ID = key("tenant-id");

    private ContextMap() {}

    private static Keyword key(String name) {
        return Keyword.intern(null, name);
    }

    /** Returns the context map. Values that the invocation lacks are nil. */
    static IPersistentMap of(Context context) {
        return new PersistentArrayMap(new Object[] {
            AWS_REQUEST_ID, context.getAwsRequestId(),
            DEADLINE_MS, System.currentTimeMillis() + context.getRemainingTimeInMillis(),
            FUNCTION_NAME, context.getFunctionName(),
            FUNCTION_VERSION, context.getFunctionVersion(),
            FUNCTION_ARN, context.getInvokedFunctionArn(),
            MEMORY_MB, (long) context.getMemoryLimitInMB(),
            LOG_GROUP_NAME, context.getLogGroupName(),
            LOG_STREAM_NAME, context.getLogStreamName(),
            IDENTITY, identity(context.getIdentity()),
            CLIENT_CONTEXT, clientContext(context.getClientContext()),
            TRACE_ID, Running.traceId(context),
            TENANT_ID, Running.tenantId(context),
        });
    }

    private static Object identity(CognitoIdentity identity) {
        return identity == null || identity.getIdentityId() == null && identity.getIdentityPoolId() == null
                ? null
                : new PersistentArrayMap(new Object[] {
                    key("cognito-id"), identity.getIdentityId(), key("cognito-pool"), identity.getIdentityPoolId(),
                });
    }

    private static Object clientContext(ClientContext context) {
        return context == null
                ? null
                : new PersistentArrayMap(new Object[] {
                    key("client"), client(context.getClient()),
                    key("custom"), keyed(context.getCustom()),
                    key("env"), keyed(context.getEnvironment()),
                });
    }

    private static Object client(Client client) {
        return client == null
                ? null
                : new PersistentArrayMap(new Object[] {
                    key("installation-id"), client.getInstallationId(),
                    key("app-title"), client.getAppTitle(),
                    key("app-version-name"), client.getAppVersionName(),
                    key("app-version-code"), client.getAppVersionCode(),
                    key("app-package-name"), client.getAppPackageName(),
                });
    }

    // The app chose these names: they stay as they are.
    private static IPersistentMap keyed(Map<String, String> map) {
        if (map == null) {
            return Maps.of(null, 0);
        }
        Object[] pairs = new Object[2 * map.size()];
        int length = 0;
        for (Map.Entry<String, String> entry : map.entrySet()) {
            pairs[length++] = Keys.KEYWORDS.of(entry.getKey());
            pairs[length++] = entry.getValue();
        }
        return Maps.of(pairs, length);
    }
}
