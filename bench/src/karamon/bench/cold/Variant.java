package karamon.bench.cold;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A process that answers invocations.
 *
 * @param folder what is {@code /var/task} on Lambda
 * @param command that starts it
 * @param environment its variables, beside those that all have
 */
record Variant(Path folder, List<String> command, Map<String, String> environment) {}
