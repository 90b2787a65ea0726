package karamon.etag;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.Checksum;

/** A cyclic redundancy check. Its value has {@code length} bytes, the highest first. */
record CyclicSum(Checksum checksum, int length) implements Sum {
    @Override
    public void update(byte[] bytes, int offset, int length) {
        checksum.update(bytes, offset, length);
    }

    @Override
    public byte[] finish() {
        byte[] value = ByteBuffer.allocate(Long.BYTES).putLong(checksum.getValue()).array();
        checksum.reset();
        return Arrays.copyOfRange(value, Long.BYTES - length, Long.BYTES);
    }
}
