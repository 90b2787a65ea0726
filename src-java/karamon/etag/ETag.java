package karamon.etag;

import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * An ETag of S3. An ETag in the form of an MD5 isn't always one (with KMS or SSE-C it isn't: {@code Object} in the S3 API
 * reference); {@link #md5} checks only the form. ETags are equal if their texts are.
 *
 * @param text the text between the quotes; in lower case if it is an MD5 or a multipart ETag
 */
public record ETag(String text) {
    private static final int HASH = 32;

    /**
     * Makes an ETag from the text between the quotes.
     *
     * @throws IllegalArgumentException when it is empty or has characters that ETags can't have
     */
    public ETag {
        if (!isOpaque(text)) {
            throw new IllegalArgumentException("Expected an ETag such as 9b2cf535f27731c974343645a3985328-2, found " + quoted(text));
        }
        text = isHashes(text) ? text.toLowerCase(Locale.ROOT) : text;
    }

    /**
     * Parses an ETag as written by S3, its SDKs and proxies: with or without quotes, with or without {@code W/}, in any case.
     *
     * @param written the text received; not null
     * @return the ETag, without the mark of a weak one
     * @throws IllegalArgumentException when it is empty, has only one quote, or has characters that ETags can't have
     */
    public static ETag parse(String written) {
        String tag = Objects.requireNonNull(written, "written").strip();
        if (tag.startsWith("W/\"")) {
            tag = tag.substring(2);
        }
        boolean quotes = tag.length() > 1 && tag.startsWith("\"") && tag.endsWith("\"");
        try {
            return new ETag(quotes ? tag.substring(1, tag.length() - 1) : tag);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "Expected an ETag such as \"9b2cf535f27731c974343645a3985328-2\", with both quotes or none, found " + quoted(written), e);
        }
    }

    /**
     * Returns the ETag of an object that was put in one piece.
     *
     * @param md5 the 16 bytes of its MD5
     * @return the ETag
     * @throws IllegalArgumentException when there are more or fewer bytes
     */
    public static ETag of(byte[] md5) {
        return new ETag(hex(md5));
    }

    /**
     * Returns the ETag of an object that was put in parts: the MD5 of the parts' MD5s and their count.
     *
     * @param md5s the 16 bytes of each part's MD5, in order
     * @return the ETag
     * @throws IllegalArgumentException when there is no part, or more than {@link Limits#MAX_PARTS}, or one isn't 16 bytes
     */
    public static ETag ofParts(List<byte[]> md5s) {
        if (md5s.isEmpty() || md5s.size() > Limits.MAX_PARTS) {
            throw new IllegalArgumentException("Expected 1 to 10,000 parts, found " + md5s.size());
        }
        MessageDigest digest = Digests.md5();
        for (byte[] md5 : md5s) {
            hex(md5);
            digest.update(md5);
        }
        return new ETag(hex(digest.digest()) + "-" + md5s.size());
    }

    /**
     * Returns the MD5 of the object.
     *
     * @return 32 hexadecimal digits, or null if the text isn't just those
     */
    public String md5() {
        return md5Of(text);
    }

    /**
     * Returns the count of parts.
     *
     * @return 1 to 10,000, or 0 if the text isn't a multipart ETag's
     */
    public int parts() {
        return partsOf(text);
    }

    /**
     * Returns a text as an MD5, if it is one.
     *
     * @param text an ETag without quotes, in any case, or any other text; may be null
     * @return 32 hexadecimal digits in lower case, or null if the text isn't just those
     */
    public static String md5Of(String text) {
        return text != null && text.length() == HASH && isHashes(text) ? text.toLowerCase(Locale.ROOT) : null;
    }

    /**
     * Returns the count of parts at the end of a multipart ETag.
     *
     * @param text an ETag without quotes, in any case, or any other text; may be null
     * @return 1 to 10,000, or 0 if the text isn't a multipart ETag
     */
    public static int partsOf(String text) {
        return text != null && text.length() > HASH && isHashes(text) ? count(text) : 0;
    }

    /**
     * Returns the ETag as in S3's headers.
     *
     * @return the text in quotes
     */
    @Override
    public String toString() {
        return '"' + text + '"';
    }

    // The characters of an entity tag (RFC 9110, section 8.8.3) in ASCII.
    private static boolean isOpaque(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c <= ' ' || c == '"' || c > '~') {
                return false;
            }
        }
        return !text.isEmpty();
    }

    // 32 hexadecimal digits, then nothing or a hyphen and the number of parts. Without regular expressions: the command line
    // starts faster.
    private static boolean isHashes(String text) {
        if (text.length() < HASH) {
            return false;
        }
        for (int i = 0; i < HASH; i++) {
            if (!HexFormat.isHexDigit(text.charAt(i))) {
                return false;
            }
        }
        return text.length() == HASH || text.charAt(HASH) == '-' && count(text) > 0;
    }

    private static int count(String text) {
        int count = 0;
        for (int i = HASH + 1; i < text.length(); i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9 || count + digit == 0) {
                return 0;
            }
            count = 10 * count + digit;
            if (count > Limits.MAX_PARTS) {
                return 0;
            }
        }
        return count;
    }

    private static String hex(byte[] md5) {
        if (md5.length != 16) {
            throw new IllegalArgumentException("Expected the 16 bytes of an MD5, found " + md5.length);
        }
        return HexFormat.of().formatHex(md5);
    }

    private static String quoted(String text) {
        return text.isEmpty() ? "an empty text" : text;
    }
}
