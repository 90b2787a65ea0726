package karamon.etag;

/** What bytes are added to and a digest or checksum comes out of. For one thread at a time. */
interface Sum {
    void update(byte[] bytes, int offset, int length);

    /** Returns the bytes of the digest and begins anew. */
    byte[] finish();
}
