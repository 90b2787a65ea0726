package karamon.etag;

/** Computes a digest or checksum of bytes. For one thread at a time. */
interface Sum {
    void update(byte[] bytes, int offset, int length);

    /** Returns the bytes of the digest and resets this sum. */
    byte[] finish();
}
