package karamon.runtime;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * An HTTP response.
 *
 * @param headers lower-case name to value
 * @param reusable whether the connection can be used for another request
 */
record HttpAnswer(int status, Map<String, String> headers, byte[] body, boolean reusable) {
    private static final int MAX_SHOWN = 300;

    boolean isSuccess() {
        return status >= 200 && status < 300;
    }

    /** Returns status and body, shortened, for a line in the log. */
    String shown() {
        String text = new String(body, 0, Math.min(body.length, MAX_SHOWN), StandardCharsets.UTF_8)
                .replace('\n', ' ').replace('\r', ' ');
        return text.isEmpty() ? Integer.toString(status) : status + " " + text;
    }
}
