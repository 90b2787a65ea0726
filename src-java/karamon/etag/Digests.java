package karamon.etag;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The JDK's digests that every JDK has ("Java Security Standard Algorithm Names"; MD5 since Java 1). */
final class Digests {
    private Digests() {}

    static MessageDigest md5() {
        return named("MD5");
    }

    static MessageDigest named(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("This JVM has no " + algorithm + ": its security providers were changed", e);
        }
    }
}
