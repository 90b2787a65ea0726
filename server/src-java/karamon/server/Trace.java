package karamon.server;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The trace of a request, from its header {@code traceparent} (https://www.w3.org/TR/trace-context/), or a new one.
 *
 * @param id 32 hexadecimal digits: the request id
 * @param xray the trace as a header of AWS X-Ray; null if the client sent none
 */
record Trace(String id, String xray) {
    private static final Pattern TRACEPARENT = Pattern.compile("[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?");
    private static final int DIGITS = 16;
    private static final int TIME_DIGITS = 8;
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.ISO_8859_1);

    static Trace of(String traceparent) {
        Matcher sent = traceparent == null ? null : TRACEPARENT.matcher(traceparent.strip());
        if (sent == null || traceparent.startsWith("ff") || !sent.matches()) {
            ThreadLocalRandom random = ThreadLocalRandom.current();
            return new Trace(hex(random.nextLong(), random.nextLong()), null);
        }
        String id = sent.group(1);
        boolean sampled = (Integer.parseInt(sent.group(3), DIGITS) & 1) == 1;
        // https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids
        return new Trace(id, "Root=1-" + id.substring(0, TIME_DIGITS) + "-" + id.substring(TIME_DIGITS) + ";Parent=" + sent.group(2)
                + ";Sampled=" + (sampled ? 1 : 0));
    }

    private static String hex(long high, long low) {
        byte[] digits = new byte[2 * DIGITS];
        for (int i = 0; i < DIGITS; i++) {
            int shift = Long.SIZE - 4 * (i + 1);
            digits[i] = HEX[(int) (high >>> shift) & 0xf];
            digits[DIGITS + i] = HEX[(int) (low >>> shift) & 0xf];
        }
        return new String(digits, StandardCharsets.ISO_8859_1);
    }
}
