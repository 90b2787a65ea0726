package karamon.runtime;

import com.amazonaws.services.lambda.runtime.ClientContext;
import com.amazonaws.services.lambda.runtime.CognitoIdentity;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.LambdaLogger;

/** The context of an invocation on Karamon's own runtime, or of a priming call. */
record InvocationContext(Invocation invocation, FunctionSettings settings, LambdaLogger logger) implements Context {

    @Override
    public String getAwsRequestId() {
        return invocation.id();
    }

    @Override
    public String getLogGroupName() {
        return settings.logGroup();
    }

    @Override
    public String getLogStreamName() {
        return settings.logStream();
    }

    @Override
    public String getFunctionName() {
        return settings.name();
    }

    @Override
    public String getFunctionVersion() {
        return settings.version();
    }

    @Override
    public String getInvokedFunctionArn() {
        return invocation.arn();
    }

    // The caller sent the JSON in this and the next, so malformed JSON fails only the invocation, not the process.
    @Override
    public CognitoIdentity getIdentity() {
        return invocation.cognitoIdentity() == null ? null : SentIdentity.of(invocation.cognitoIdentity());
    }

    @Override
    public ClientContext getClientContext() {
        return invocation.clientContext() == null ? null : SentClientContext.of(invocation.clientContext());
    }

    @Override
    public int getRemainingTimeInMillis() {
        return (int) Math.max(0, Math.min(Integer.MAX_VALUE, invocation.deadlineMs() - System.currentTimeMillis()));
    }

    @Override
    public int getMemoryLimitInMB() {
        return settings.memoryMb();
    }

    @Override
    public LambdaLogger getLogger() {
        return logger;
    }

    @Override
    public String getTenantId() {
        return invocation.tenantId();
    }

    @Override
    public String getXrayTraceId() {
        return invocation.traceId();
    }
}
