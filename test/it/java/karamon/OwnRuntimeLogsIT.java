package karamon;

import java.io.IOException;
import java.util.Map;

/** Tests the logs of functions on Karamon's own runtime. */
class OwnRuntimeLogsIT extends RuntimeLogs {

    @Override
    RuntimeProcess start(String handler, Map<String, String> environment) throws IOException {
        return startOwn(handler, environment, "-Xmx256m");
    }
}
