package karamon.runtime;

import java.util.Map;

/**
 * One invocation, as received from the Runtime API.
 *
 * @param deadlineMs the end of the function's time, in milliseconds since 1970
 * @param arn the invoked ARN, which may name an alias; this and the following may be null
 * @param clientContext JSON from the client's SDK
 * @param cognitoIdentity JSON
 */
record Invocation(
        String id, long deadlineMs, String arn, String traceId, String clientContext, String cognitoIdentity, String tenantId, byte[] event) {

    /** Returns a priming call, which isn't an invocation of Lambda's; its request id is {@code priming}. */
    static Invocation priming(long deadlineMs, byte[] event) {
        return new Invocation("priming", deadlineMs, null, null, null, null, null, event);
    }

    /**
     * Reads the answer to {@code GET /invocation/next}. Its headers:
     * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-next
     *
     * @throws BrokenAnswer when the answer isn't an invocation
     */
    static Invocation of(HttpAnswer answer) throws BrokenAnswer {
        Map<String, String> headers = answer.headers();
        String id = headers.get("lambda-runtime-aws-request-id");
        if (answer.status() != 200) {
            throw new BrokenAnswer("The Runtime API has no next invocation: " + answer.shown());
        }
        if (id == null || !isPathSegment(id)) {
            throw new BrokenAnswer("The Runtime API sent an invocation whose Lambda-Runtime-Aws-Request-Id is " + id);
        }
        return new Invocation(
                id,
                deadline(headers.get("lambda-runtime-deadline-ms")),
                headers.get("lambda-runtime-invoked-function-arn"),
                headers.get("lambda-runtime-trace-id"),
                headers.get("lambda-runtime-client-context"),
                headers.get("lambda-runtime-cognito-identity"),
                headers.get("lambda-runtime-aws-tenant-id"),
                answer.body());
    }

    // The id becomes a part of the path that the answer is posted to.
    private static boolean isPathSegment(String id) {
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            if (c <= ' ' || c > '~' || c == '/' || c == '?' || c == '#') {
                return false;
            }
        }
        return !id.isEmpty();
    }

    private static long deadline(String ms) throws BrokenAnswer {
        try {
            return Long.parseLong(String.valueOf(ms));
        } catch (NumberFormatException e) {
            throw new BrokenAnswer("The Runtime API sent an invocation whose Lambda-Runtime-Deadline-Ms is " + ms);
        }
    }
}
