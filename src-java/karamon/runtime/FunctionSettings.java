package karamon.runtime;

import java.util.Map;

/**
 * The function's settings in the environment. Texts are null if not set.
 *
 * @param memoryMb mebibytes; 0 if not set, or not a number
 */
record FunctionSettings(String name, String version, int memoryMb, String logGroup, String logStream) {

    /** Reads an environment: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
    static FunctionSettings of(Map<String, String> environment) {
        return new FunctionSettings(
                environment.get("AWS_LAMBDA_FUNCTION_NAME"),
                environment.get("AWS_LAMBDA_FUNCTION_VERSION"),
                number(environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")),
                environment.get("AWS_LAMBDA_LOG_GROUP_NAME"),
                environment.get("AWS_LAMBDA_LOG_STREAM_NAME"));
    }

    private static int number(String text) {
        try {
            return text == null ? 0 : Integer.parseInt(text);
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
