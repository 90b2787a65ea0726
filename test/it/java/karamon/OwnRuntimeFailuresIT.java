package karamon;

import java.io.IOException;
import java.util.Map;

/** The same on Karamon's own runtime. */
class OwnRuntimeFailuresIT extends RuntimeFailures {

    @Override
    RuntimeProcess start(String handler, Map<String, String> environment) throws IOException {
        return startOwn(handler, environment, "-Xmx256m");
    }
}
