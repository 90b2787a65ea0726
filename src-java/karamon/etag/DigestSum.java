package karamon.etag;

import java.security.MessageDigest;

/** One of the JDK's digests. */
record DigestSum(MessageDigest digest) implements Sum {
    @Override
    public void update(byte[] bytes, int offset, int length) {
        digest.update(bytes, offset, length);
    }

    @Override
    public byte[] finish() {
        return digest.digest();
    }
}
