package karamon.trace;

/**
 * The trace of an invocation in W3C's form, from X-Ray's.
 *
 * @see <a href="https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader">X-Ray's header</a>
 * @see <a href="https://www.w3.org/TR/trace-context/#traceparent-header">W3C's</a>
 */
public final class Traceparent {
    private static final int ROOT_LENGTH = "1-5759e988-bd862e3fe1be46a994272793".length();
    private static final int TIME_END = 10;
    private static final int PARENT_LENGTH = 16;

    private Traceparent() {}

    /**
     * Converts X-Ray's header.
     *
     * @param header {@code Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1}, in any order and with
     *     other fields; may be null
     * @return {@code 00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01}; null if the header has no valid root or parent
     */
    public static String of(String header) {
        String root = null;
        String parent = null;
        boolean sampled = false;
        for (String field : header == null ? new String[0] : header.split(";")) {
            String text = field.strip();
            if (text.startsWith("Root=")) {
                root = text.substring("Root=".length());
            } else if (text.startsWith("Parent=")) {
                parent = text.substring("Parent=".length());
            } else if (text.startsWith("Sampled=")) {
                sampled = text.equals("Sampled=1");
            }
        }
        if (root == null || parent == null || root.length() != ROOT_LENGTH || !root.startsWith("1-") || root.charAt(TIME_END) != '-') {
            return null;
        }
        String trace = root.substring(2, TIME_END) + root.substring(TIME_END + 1);
        boolean valid = isId(trace) && isId(parent) && parent.length() == PARENT_LENGTH;
        return valid ? "00-" + trace + "-" + parent + (sampled ? "-01" : "-00") : null;
    }

    // W3C's ids have lower-case digits, and aren't all zeros.
    private static boolean isId(String text) {
        boolean zeros = true;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!(c >= '0' && c <= '9' || c >= 'a' && c <= 'f')) {
                return false;
            }
            zeros &= c == '0';
        }
        return !zeros;
    }
}
