package karamon.etag;

/** Part sizes as people type them. Safe for many threads: it has no state. */
public final class SizeText {
    private static final int MAX_DIGITS = 12;

    private SizeText() {}

    /**
     * Parses the size of a part: a number of bytes, or a number with a unit such as {@code 8MiB}, {@code 50m} or {@code 1gb}.
     *
     * @param text in any case
     * @return bytes, or 0 if the text isn't a size that a part can have on S3, from 1 byte to {@link Limits#MAX_PART}
     */
    public static long bytes(String text) {
        int digits = 0;
        long number = 0;
        while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
            if (digits == MAX_DIGITS) {
                return 0;
            }
            number = 10 * number + text.charAt(digits) - '0';
            digits++;
        }
        long size = number * unit(text.substring(digits));
        return digits > 0 && size <= Limits.MAX_PART ? size : 0;
    }

    private static long unit(String text) {
        if (text.isEmpty() || text.equalsIgnoreCase("b")) {
            return 1;
        }
        String rest = text.substring(1);
        boolean decimal = rest.isEmpty() || rest.equalsIgnoreCase("b");
        if (!decimal && !rest.equalsIgnoreCase("ib")) {
            return 0;
        }
        return switch (text.charAt(0)) {
            case 'k', 'K' -> decimal ? 1000 : 1 << 10;
            case 'm', 'M' -> decimal ? 1_000_000 : 1 << 20;
            case 'g', 'G' -> decimal ? 1_000_000_000 : 1 << 30;
            default -> 0;
        };
    }
}
