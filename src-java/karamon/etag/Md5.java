package karamon.etag;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** The constants of MD5 (RFC 1321, section 3). */
final class Md5 {
    /** The number of bytes in a block. */
    static final int BLOCK = 64;
    /** The number of words in a block. */
    static final int WORDS = 16;

    private static final int[] START = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};

    private Md5() {}

    /** Returns a word of the initial state. */
    static int start(int word) {
        return START[word];
    }

    /** Returns the constants added in each of the 64 steps. */
    static int[] constants() {
        int[] constants = new int[64];
        for (int step = 0; step < 64; step++) {
            constants[step] = (int) (long) (4294967296.0 * Math.abs(Math.sin(step + 1)));
        }
        return constants;
    }

    /** Returns the index of the word added in a step. */
    static int word(int step) {
        return switch (step >> 4) {
            case 0 -> step & 15;
            case 1 -> (5 * step + 1) & 15;
            case 2 -> (3 * step + 5) & 15;
            default -> 7 * step & 15;
        };
    }

    /**
     * Writes the padding of a message after its last bytes: a bit, zeros, and the length in bits.
     *
     * @param bytes has room for 72 more bytes at {@code end}
     * @param at the start of the last, incomplete block of the message
     * @param end the end of the message, at most 63 bytes after {@code at}
     * @param length the length of the whole message, in bytes
     * @return the number of blocks from {@code at} on, 1 or 2
     */
    static int pad(byte[] bytes, int at, int end, long length) {
        int blocks = end - at < BLOCK - Long.BYTES ? 1 : 2;
        int last = at + blocks * BLOCK - Long.BYTES;
        bytes[end] = (byte) 0x80;
        Arrays.fill(bytes, end + 1, last, (byte) 0);
        for (int i = 0; i < Long.BYTES; i++) {
            bytes[last + i] = (byte) (length << 3 >>> (8 * i));
        }
        return blocks;
    }

    /** Returns four words as the bytes of a digest. */
    static byte[] bytes(int a, int b, int c, int d) {
        return ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putInt(a).putInt(b).putInt(c).putInt(d).array();
    }
}
