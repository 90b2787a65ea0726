package karamon;

import java.io.IOException;
import java.util.Map;

/** What functions log on our own runtime. */
class OwnRuntimeLogsIT extends RuntimeLogs {

    @Override
    RuntimeProcess start(String handler, Map<String, String> environment) throws IOException {
        return startOwn(handler, environment, "-Xmx256m");
    }
}
