package plain;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;

/** The same as example.core/hello, in plain Java with an ObjectMapper: the baseline. */
public final class Hello implements RequestStreamHandler {
    private static final ObjectMapper MAPPER =
            new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);

    @Override
    public void handleRequest(InputStream in, OutputStream out, Context context) throws IOException {
        Request request = MAPPER.readValue(in, Request.class);
        Map<String, String> query = request.queryStringParameters == null ? Map.of() : request.queryStringParameters;
        String body = MAPPER.writeValueAsString(Map.of("hello", query.getOrDefault("name", "world")));
        MAPPER.writeValue(out, new Reply(200, Map.of("content-type", "application/json"), body));
    }
}
