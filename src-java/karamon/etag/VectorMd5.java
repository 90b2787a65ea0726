package karamon.etag;

import java.util.Arrays;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * MD5s in the lanes of vectors. Two vectors are computed at a time: while a step of one waits for the step before, the other
 * advances. Needs the module {@code jdk.incubator.vector}, so {@link Lanes} loads this class by name.
 */
final class VectorMd5 implements LaneMd5 {
    static final VectorSpecies<Integer> SPECIES =
            IntVector.SPECIES_PREFERRED.length() > Md5.WORDS ? IntVector.SPECIES_512 : IntVector.SPECIES_PREFERRED;
    static final int WIDTH = SPECIES.length();
    /** The words of four vectors: one state of each lane. */
    static final int STATE = 4 * WIDTH;

    // Two states, then copies of both from before the block.
    private final int[] states = new int[4 * STATE];
    private final int[] words = new int[2 * Md5.WORDS * WIDTH];

    VectorMd5() {
        if (WIDTH < 4) {
            throw new UnsupportedOperationException("vectors of " + WIDTH + " ints");
        }
    }

    @Override
    public int lanes() {
        return 2 * WIDTH;
    }

    @Override
    public void begin() {
        for (int i = 0; i < 8; i++) {
            Arrays.fill(states, i * WIDTH, (i + 1) * WIDTH, Md5.start(i & 3));
        }
    }

    @Override
    public void update(byte[] bytes, int stride, int blocks) {
        for (int at = 0; at < blocks * Md5.BLOCK; at += Md5.BLOCK) {
            VectorTranspose.words(bytes, at, stride, words, 0);
            VectorTranspose.words(bytes, at + WIDTH * stride, stride, words, Md5.WORDS * WIDTH);
            System.arraycopy(states, 0, states, 2 * STATE, 2 * STATE);
            VectorRounds.first(states, words);
            VectorRounds.second(states, words);
            VectorRounds.third(states, words);
            VectorRounds.fourth(states, words);
        }
    }

    @Override
    public byte[] digest(int lane) {
        int at = lane / WIDTH * STATE + lane % WIDTH;
        return Md5.bytes(states[at], states[at + WIDTH], states[at + 2 * WIDTH], states[at + 3 * WIDTH]);
    }
}
