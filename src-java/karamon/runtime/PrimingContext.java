package karamon.runtime;

import com.amazonaws.services.lambda.runtime.ClientContext;
import com.amazonaws.services.lambda.runtime.CognitoIdentity;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.LambdaLogger;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The context of one priming call: no invocation's, so its request id is {@code priming}. For one thread. */
final class PrimingContext implements Context, LambdaLogger {
    private final Map<String, String> environment;
    private final LambdaLogger logger;
    private final long endMs;
    private volatile boolean logged;

    PrimingContext(Map<String, String> environment, LambdaLogger logger, long endMs) {
        this.environment = environment;
        this.logger = logger;
        this.endMs = endMs;
    }

    /** Returns whether something was logged. */
    boolean logged() {
        return logged;
    }

    @Override
    public void log(String text) {
        logged = true;
        logger.log(text);
    }

    @Override
    public void log(byte[] text) {
        log(new String(text, StandardCharsets.UTF_8));
    }

    @Override
    public String getAwsRequestId() {
        return "priming";
    }

    @Override
    public String getLogGroupName() {
        return environment.get("AWS_LAMBDA_LOG_GROUP_NAME");
    }

    @Override
    public String getLogStreamName() {
        return environment.get("AWS_LAMBDA_LOG_STREAM_NAME");
    }

    @Override
    public String getFunctionName() {
        return environment.get("AWS_LAMBDA_FUNCTION_NAME");
    }

    @Override
    public String getFunctionVersion() {
        return environment.get("AWS_LAMBDA_FUNCTION_VERSION");
    }

    @Override
    public String getInvokedFunctionArn() {
        return null;
    }

    @Override
    public CognitoIdentity getIdentity() {
        return null;
    }

    @Override
    public ClientContext getClientContext() {
        return null;
    }

    @Override
    public int getRemainingTimeInMillis() {
        return (int) Math.max(0, endMs - System.currentTimeMillis());
    }

    @Override
    public int getMemoryLimitInMB() {
        return Integer.parseInt(environment.getOrDefault("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "0"));
    }

    @Override
    public LambdaLogger getLogger() {
        return this;
    }
}
