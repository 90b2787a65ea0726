package plain;

import java.util.List;
import java.util.Map;

/** A REST API's event: the fields that AWS's APIGatewayProxyRequestEvent has. */
public final class Request {
    public String resource;
    public String path;
    public String httpMethod;
    public Map<String, String> headers;
    public Map<String, List<String>> multiValueHeaders;
    public Map<String, String> queryStringParameters;
    public Map<String, List<String>> multiValueQueryStringParameters;
    public Map<String, String> pathParameters;
    public Map<String, String> stageVariables;
    public Map<String, Object> requestContext;
    public String body;
    public boolean isBase64Encoded;
}
