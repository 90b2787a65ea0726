package karamon;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.Map;
import karamon.RuntimeApi.Answer;
import org.junit.jupiter.api.Test;

/** The same on Karamon's own runtime. */
class OwnInitErrorIT extends InitErrorIT {

    @Override
    RuntimeProcess start(String handler, Map<String, String> environment) throws IOException {
        return startOwn(handler, environment);
    }

    @Override
    String variable() {
        return "_HANDLER";
    }

    @Test
    void anInvalidConcurrency() throws Exception {
        RuntimeProcess runtime = start("example.core/hello", Map.of("AWS_LAMBDA_MAX_CONCURRENCY", "many"));
        Answer answer = runtime.await(api.initError());
        assertEquals("AWS_LAMBDA_MAX_CONCURRENCY must be a whole number from 1, found many",
                ((Map<?, ?>) json(answer)).get("errorMessage"));
        assertEquals("java.lang.IllegalArgumentException", answer.errorType());
        assertEquals(1, runtime.exitCode());
    }
}
