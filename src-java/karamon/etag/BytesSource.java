package karamon.etag;

/** Bytes in memory. */
record BytesSource(byte[] bytes) implements Source {
    @Override
    public long size() {
        return bytes.length;
    }

    @Override
    public void read(long position, byte[] into, int offset, int length) {
        System.arraycopy(bytes, (int) position, into, offset, length);
    }
}
