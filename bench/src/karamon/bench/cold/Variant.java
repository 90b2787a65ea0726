package karamon.bench.cold;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A process that answers invocations.
 *
 * @param folder the function's folder, {@code /var/task} on Lambda
 * @param command the command that starts it
 * @param environment its environment variables, in addition to those of all variants
 */
record Variant(Path folder, List<String> command, Map<String, String> environment) {}
