package karamon.etag;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * MD5s in lanes of plain arrays, with loops that HotSpot vectorizes: each array is indexed only by the loop variable, and values
 * that differ from step to step are arguments. (RFC 1321, section 3.4.)
 */
final class LoopMd5 implements LaneMd5 {
    private static final int LANES = 64;
    private static final int[] CONSTANTS = Md5.constants();
    private static final int[] LEFT = {7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21};
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private final int[][] state = new int[4][LANES];
    private final int[][] before = new int[4][LANES];
    private final int[][] words = new int[Md5.WORDS][LANES];

    @Override
    public int lanes() {
        return LANES;
    }

    @Override
    public void begin() {
        for (int i = 0; i < 4; i++) {
            Arrays.fill(state[i], Md5.start(i));
        }
    }

    @Override
    public void update(byte[] bytes, int stride, int blocks) {
        for (int at = 0; at < blocks * Md5.BLOCK; at += Md5.BLOCK) {
            for (int word = 0; word < Md5.WORDS; word++) {
                load(bytes, at + word * Integer.BYTES, stride, words[word]);
            }
            for (int i = 0; i < 4; i++) {
                System.arraycopy(state[i], 0, before[i], 0, LANES);
            }
            for (int step = 0; step < 64; step++) {
                step(step, state[-step & 3], state[1 - step & 3], state[2 - step & 3], state[3 - step & 3]);
            }
            for (int i = 0; i < 4; i++) {
                add(state[i], before[i]);
            }
        }
    }

    private void step(int step, int[] a, int[] b, int[] c, int[] d) {
        int[] word = words[Md5.word(step)];
        int constant = CONSTANTS[step];
        int left = LEFT[step >> 4 << 2 | step & 3];
        switch (step >> 4) {
            case 0 -> first(a, b, c, d, word, constant, left);
            case 1 -> second(a, b, c, d, word, constant, left);
            case 2 -> third(a, b, c, d, word, constant, left);
            default -> fourth(a, b, c, d, word, constant, left);
        }
    }

    private static void load(byte[] bytes, int at, int stride, int[] word) {
        for (int lane = 0; lane < LANES; lane++) {
            word[lane] = (int) INT.get(bytes, at + lane * stride);
        }
    }

    private static void add(int[] sum, int[] more) {
        for (int i = 0; i < LANES; i++) {
            sum[i] += more[i];
        }
    }

    private static void first(int[] a, int[] b, int[] c, int[] d, int[] word, int constant, int left) {
        for (int i = 0; i < LANES; i++) {
            a[i] = b[i] + Integer.rotateLeft(a[i] + word[i] + constant + ((c[i] ^ d[i]) & b[i] ^ d[i]), left);
        }
    }

    private static void second(int[] a, int[] b, int[] c, int[] d, int[] word, int constant, int left) {
        for (int i = 0; i < LANES; i++) {
            a[i] = b[i] + Integer.rotateLeft(a[i] + word[i] + constant + ((b[i] ^ c[i]) & d[i] ^ c[i]), left);
        }
    }

    private static void third(int[] a, int[] b, int[] c, int[] d, int[] word, int constant, int left) {
        for (int i = 0; i < LANES; i++) {
            a[i] = b[i] + Integer.rotateLeft(a[i] + word[i] + constant + (b[i] ^ c[i] ^ d[i]), left);
        }
    }

    private static void fourth(int[] a, int[] b, int[] c, int[] d, int[] word, int constant, int left) {
        for (int i = 0; i < LANES; i++) {
            a[i] = b[i] + Integer.rotateLeft(a[i] + word[i] + constant + (c[i] ^ (b[i] | ~d[i])), left);
        }
    }

    @Override
    public byte[] digest(int lane) {
        return Md5.bytes(state[0][lane], state[1][lane], state[2][lane], state[3][lane]);
    }
}
