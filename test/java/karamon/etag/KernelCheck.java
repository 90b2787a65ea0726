package karamon.etag;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;

/** Compares a kernel with the JDK's MD5. It is also a program, since vectors need a JVM flag. */
final class KernelCheck {
    private static final int LONGEST = 300;

    private KernelCheck() {}

    public static void main(String[] args) throws Exception {
        LaneMd5 kernel = (LaneMd5) Class.forName(args[0]).getDeclaredConstructor().newInstance();
        System.out.println(agrees(kernel, Integer.parseInt(args[1])) + " cases agree in " + kernel.lanes() + " lanes");
    }

    /**
     * Hashes random messages: each length up to 300 bytes in turn, each number of lanes, at random strides, in random splits.
     * Returns {@code cases}, the number of messages; throws AssertionError if an MD5 differs.
     */
    static int agrees(LaneMd5 kernel, int cases) {
        Random random = new Random(5);
        for (int i = 0; i < cases; i++) {
            int length = i % (LONGEST + 1);
            int lanes = 1 + i % kernel.lanes();
            int stride = LONGEST + 2 * Md5.BLOCK + random.nextInt(100);
            byte[] bytes = new byte[kernel.lanes() * stride];
            random.nextBytes(bytes);
            byte[] messages = bytes.clone();
            int blocks = 0;
            for (int lane = 0; lane < lanes; lane++) {
                int last = lane * stride + length / Md5.BLOCK * Md5.BLOCK;
                blocks = length / Md5.BLOCK + Md5.pad(bytes, last, lane * stride + length, length);
            }
            kernel.begin();
            for (int done = 0; done < blocks; ) {
                int next = 1 + random.nextInt(blocks - done);
                byte[] rest = Arrays.copyOfRange(bytes, done * Md5.BLOCK, bytes.length + Md5.BLOCK * blocks);
                kernel.update(rest, stride, next);
                done += next;
            }
            for (int lane = 0; lane < lanes; lane++) {
                MessageDigest digest = Digests.md5();
                digest.update(messages, lane * stride, length);
                String expected = HexFormat.of().formatHex(digest.digest());
                String seen = HexFormat.of().formatHex(kernel.digest(lane));
                if (!expected.equals(seen)) {
                    throw new AssertionError("case " + i + ", length " + length + ", lane " + lane + ": " + seen + ", not " + expected);
                }
            }
        }
        return cases;
    }
}
