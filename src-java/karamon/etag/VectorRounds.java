package karamon.etag;

import static jdk.incubator.vector.VectorOperators.AND;
import static jdk.incubator.vector.VectorOperators.OR;
import static jdk.incubator.vector.VectorOperators.ROL;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The four rounds of MD5 (RFC 1321, section 3.4), each of 16 steps, for two states of vectors: p to s and t to w are A to D in
 * the RFC. The code is written for HotSpot: a helper for the repeated lines would put each vector on the heap, a method of all
 * steps would be too large for inlining, and only literal counts compile to rotate instructions.
 */
final class VectorRounds {
    private static final VectorSpecies<Integer> SPECIES = VectorMd5.SPECIES;
    private static final int WIDTH = VectorMd5.WIDTH;
    private static final int STATE = VectorMd5.STATE;
    private static final int NEXT = Md5.WORDS * WIDTH;
    private static final int[] CONSTANTS = Md5.constants();
    private static final int[] WORDS = words();

    private VectorRounds() {}

    private static int[] words() {
        int[] words = new int[64];
        for (int step = 0; step < 64; step++) {
            words[step] = Md5.word(step) * WIDTH;
        }
        return words;
    }

    /** Steps 1 to 16: (B and C) or (not B and D). */
    static void first(int[] states, int[] words) {
        IntVector p = IntVector.fromArray(SPECIES, states, 0);
        IntVector q = IntVector.fromArray(SPECIES, states, WIDTH);
        IntVector r = IntVector.fromArray(SPECIES, states, 2 * WIDTH);
        IntVector s = IntVector.fromArray(SPECIES, states, 3 * WIDTH);
        IntVector t = IntVector.fromArray(SPECIES, states, STATE);
        IntVector u = IntVector.fromArray(SPECIES, states, STATE + WIDTH);
        IntVector v = IntVector.fromArray(SPECIES, states, STATE + 2 * WIDTH);
        IntVector w = IntVector.fromArray(SPECIES, states, STATE + 3 * WIDTH);
        for (int i = 0; i < 16; i += 4) {
            p = p.add(IntVector.fromArray(SPECIES, words, WORDS[i]).add(CONSTANTS[i]))
                    .add(r.lanewise(XOR, s).lanewise(AND, q).lanewise(XOR, s)).lanewise(ROL, 7).add(q);
            t = t.add(IntVector.fromArray(SPECIES, words, WORDS[i] + NEXT).add(CONSTANTS[i]))
                    .add(v.lanewise(XOR, w).lanewise(AND, u).lanewise(XOR, w)).lanewise(ROL, 7).add(u);
            s = s.add(IntVector.fromArray(SPECIES, words, WORDS[i + 1]).add(CONSTANTS[i + 1]))
                    .add(q.lanewise(XOR, r).lanewise(AND, p).lanewise(XOR, r)).lanewise(ROL, 12).add(p);
            w = w.add(IntVector.fromArray(SPECIES, words, WORDS[i + 1] + NEXT).add(CONSTANTS[i + 1]))
                    .add(u.lanewise(XOR, v).lanewise(AND, t).lanewise(XOR, v)).lanewise(ROL, 12).add(t);
            r = r.add(IntVector.fromArray(SPECIES, words, WORDS[i + 2]).add(CONSTANTS[i + 2]))
                    .add(p.lanewise(XOR, q).lanewise(AND, s).lanewise(XOR, q)).lanewise(ROL, 17).add(s);
            v = v.add(IntVector.fromArray(SPECIES, words, WORDS[i + 2] + NEXT).add(CONSTANTS[i + 2]))
                    .add(t.lanewise(XOR, u).lanewise(AND, w).lanewise(XOR, u)).lanewise(ROL, 17).add(w);
            q = q.add(IntVector.fromArray(SPECIES, words, WORDS[i + 3]).add(CONSTANTS[i + 3]))
                    .add(s.lanewise(XOR, p).lanewise(AND, r).lanewise(XOR, p)).lanewise(ROL, 22).add(r);
            u = u.add(IntVector.fromArray(SPECIES, words, WORDS[i + 3] + NEXT).add(CONSTANTS[i + 3]))
                    .add(w.lanewise(XOR, t).lanewise(AND, v).lanewise(XOR, t)).lanewise(ROL, 22).add(v);
        }
        p.intoArray(states, 0);
        q.intoArray(states, WIDTH);
        r.intoArray(states, 2 * WIDTH);
        s.intoArray(states, 3 * WIDTH);
        t.intoArray(states, STATE);
        u.intoArray(states, STATE + WIDTH);
        v.intoArray(states, STATE + 2 * WIDTH);
        w.intoArray(states, STATE + 3 * WIDTH);
    }

    /** Steps 17 to 32: (B and D) or (C and not D). */
    static void second(int[] states, int[] words) {
        IntVector p = IntVector.fromArray(SPECIES, states, 0);
        IntVector q = IntVector.fromArray(SPECIES, states, WIDTH);
        IntVector r = IntVector.fromArray(SPECIES, states, 2 * WIDTH);
        IntVector s = IntVector.fromArray(SPECIES, states, 3 * WIDTH);
        IntVector t = IntVector.fromArray(SPECIES, states, STATE);
        IntVector u = IntVector.fromArray(SPECIES, states, STATE + WIDTH);
        IntVector v = IntVector.fromArray(SPECIES, states, STATE + 2 * WIDTH);
        IntVector w = IntVector.fromArray(SPECIES, states, STATE + 3 * WIDTH);
        for (int i = 16; i < 32; i += 4) {
            p = p.add(IntVector.fromArray(SPECIES, words, WORDS[i]).add(CONSTANTS[i]))
                    .add(q.lanewise(XOR, r).lanewise(AND, s).lanewise(XOR, r)).lanewise(ROL, 5).add(q);
            t = t.add(IntVector.fromArray(SPECIES, words, WORDS[i] + NEXT).add(CONSTANTS[i]))
                    .add(u.lanewise(XOR, v).lanewise(AND, w).lanewise(XOR, v)).lanewise(ROL, 5).add(u);
            s = s.add(IntVector.fromArray(SPECIES, words, WORDS[i + 1]).add(CONSTANTS[i + 1]))
                    .add(p.lanewise(XOR, q).lanewise(AND, r).lanewise(XOR, q)).lanewise(ROL, 9).add(p);
            w = w.add(IntVector.fromArray(SPECIES, words, WORDS[i + 1] + NEXT).add(CONSTANTS[i + 1]))
                    .add(t.lanewise(XOR, u).lanewise(AND, v).lanewise(XOR, u)).lanewise(ROL, 9).add(t);
            r = r.add(IntVector.fromArray(SPECIES, words, WORDS[i + 2]).add(CONSTANTS[i + 2]))
                    .add(s.lanewise(XOR, p).lanewise(AND, q).lanewise(XOR, p)).lanewise(ROL, 14).add(s);
            v = v.add(IntVector.fromArray(SPECIES, words, WORDS[i + 2] + NEXT).add(CONSTANTS[i + 2]))
                    .add(w.lanewise(XOR, t).lanewise(AND, u).lanewise(XOR, t)).lanewise(ROL, 14).add(w);
            q = q.add(IntVector.fromArray(SPECIES, words, WORDS[i + 3]).add(CONSTANTS[i + 3]))
                    .add(r.lanewise(XOR, s).lanewise(AND, p).lanewise(XOR, s)).lanewise(ROL, 20).add(r);
            u = u.add(IntVector.fromArray(SPECIES, words, WORDS[i + 3] + NEXT).add(CONSTANTS[i + 3]))
                    .add(v.lanewise(XOR, w).lanewise(AND, t).lanewise(XOR, w)).lanewise(ROL, 20).add(v);
        }
        p.intoArray(states, 0);
        q.intoArray(states, WIDTH);
        r.intoArray(states, 2 * WIDTH);
        s.intoArray(states, 3 * WIDTH);
        t.intoArray(states, STATE);
        u.intoArray(states, STATE + WIDTH);
        v.intoArray(states, STATE + 2 * WIDTH);
        w.intoArray(states, STATE + 3 * WIDTH);
    }

    /** Steps 33 to 48: B xor C xor D. */
    static void third(int[] states, int[] words) {
        IntVector p = IntVector.fromArray(SPECIES, states, 0);
        IntVector q = IntVector.fromArray(SPECIES, states, WIDTH);
        IntVector r = IntVector.fromArray(SPECIES, states, 2 * WIDTH);
        IntVector s = IntVector.fromArray(SPECIES, states, 3 * WIDTH);
        IntVector t = IntVector.fromArray(SPECIES, states, STATE);
        IntVector u = IntVector.fromArray(SPECIES, states, STATE + WIDTH);
        IntVector v = IntVector.fromArray(SPECIES, states, STATE + 2 * WIDTH);
        IntVector w = IntVector.fromArray(SPECIES, states, STATE + 3 * WIDTH);
        for (int i = 32; i < 48; i += 4) {
            p = p.add(IntVector.fromArray(SPECIES, words, WORDS[i]).add(CONSTANTS[i]))
                    .add(q.lanewise(XOR, r).lanewise(XOR, s)).lanewise(ROL, 4).add(q);
            t = t.add(IntVector.fromArray(SPECIES, words, WORDS[i] + NEXT).add(CONSTANTS[i]))
                    .add(u.lanewise(XOR, v).lanewise(XOR, w)).lanewise(ROL, 4).add(u);
            s = s.add(IntVector.fromArray(SPECIES, words, WORDS[i + 1]).add(CONSTANTS[i + 1]))
                    .add(p.lanewise(XOR, q).lanewise(XOR, r)).lanewise(ROL, 11).add(p);
            w = w.add(IntVector.fromArray(SPECIES, words, WORDS[i + 1] + NEXT).add(CONSTANTS[i + 1]))
                    .add(t.lanewise(XOR, u).lanewise(XOR, v)).lanewise(ROL, 11).add(t);
            r = r.add(IntVector.fromArray(SPECIES, words, WORDS[i + 2]).add(CONSTANTS[i + 2]))
                    .add(s.lanewise(XOR, p).lanewise(XOR, q)).lanewise(ROL, 16).add(s);
            v = v.add(IntVector.fromArray(SPECIES, words, WORDS[i + 2] + NEXT).add(CONSTANTS[i + 2]))
                    .add(w.lanewise(XOR, t).lanewise(XOR, u)).lanewise(ROL, 16).add(w);
            q = q.add(IntVector.fromArray(SPECIES, words, WORDS[i + 3]).add(CONSTANTS[i + 3]))
                    .add(r.lanewise(XOR, s).lanewise(XOR, p)).lanewise(ROL, 23).add(r);
            u = u.add(IntVector.fromArray(SPECIES, words, WORDS[i + 3] + NEXT).add(CONSTANTS[i + 3]))
                    .add(v.lanewise(XOR, w).lanewise(XOR, t)).lanewise(ROL, 23).add(v);
        }
        p.intoArray(states, 0);
        q.intoArray(states, WIDTH);
        r.intoArray(states, 2 * WIDTH);
        s.intoArray(states, 3 * WIDTH);
        t.intoArray(states, STATE);
        u.intoArray(states, STATE + WIDTH);
        v.intoArray(states, STATE + 2 * WIDTH);
        w.intoArray(states, STATE + 3 * WIDTH);
    }

    /** Steps 49 to 64: C xor (B or not D). */
    static void fourth(int[] states, int[] words) {
        IntVector p = IntVector.fromArray(SPECIES, states, 0);
        IntVector q = IntVector.fromArray(SPECIES, states, WIDTH);
        IntVector r = IntVector.fromArray(SPECIES, states, 2 * WIDTH);
        IntVector s = IntVector.fromArray(SPECIES, states, 3 * WIDTH);
        IntVector t = IntVector.fromArray(SPECIES, states, STATE);
        IntVector u = IntVector.fromArray(SPECIES, states, STATE + WIDTH);
        IntVector v = IntVector.fromArray(SPECIES, states, STATE + 2 * WIDTH);
        IntVector w = IntVector.fromArray(SPECIES, states, STATE + 3 * WIDTH);
        for (int i = 48; i < 64; i += 4) {
            p = p.add(IntVector.fromArray(SPECIES, words, WORDS[i]).add(CONSTANTS[i]))
                    .add(s.not().lanewise(OR, q).lanewise(XOR, r)).lanewise(ROL, 6).add(q);
            t = t.add(IntVector.fromArray(SPECIES, words, WORDS[i] + NEXT).add(CONSTANTS[i]))
                    .add(w.not().lanewise(OR, u).lanewise(XOR, v)).lanewise(ROL, 6).add(u);
            s = s.add(IntVector.fromArray(SPECIES, words, WORDS[i + 1]).add(CONSTANTS[i + 1]))
                    .add(r.not().lanewise(OR, p).lanewise(XOR, q)).lanewise(ROL, 10).add(p);
            w = w.add(IntVector.fromArray(SPECIES, words, WORDS[i + 1] + NEXT).add(CONSTANTS[i + 1]))
                    .add(v.not().lanewise(OR, t).lanewise(XOR, u)).lanewise(ROL, 10).add(t);
            r = r.add(IntVector.fromArray(SPECIES, words, WORDS[i + 2]).add(CONSTANTS[i + 2]))
                    .add(q.not().lanewise(OR, s).lanewise(XOR, p)).lanewise(ROL, 15).add(s);
            v = v.add(IntVector.fromArray(SPECIES, words, WORDS[i + 2] + NEXT).add(CONSTANTS[i + 2]))
                    .add(u.not().lanewise(OR, w).lanewise(XOR, t)).lanewise(ROL, 15).add(w);
            q = q.add(IntVector.fromArray(SPECIES, words, WORDS[i + 3]).add(CONSTANTS[i + 3]))
                    .add(p.not().lanewise(OR, r).lanewise(XOR, s)).lanewise(ROL, 21).add(r);
            u = u.add(IntVector.fromArray(SPECIES, words, WORDS[i + 3] + NEXT).add(CONSTANTS[i + 3]))
                    .add(t.not().lanewise(OR, v).lanewise(XOR, w)).lanewise(ROL, 21).add(v);
        }
        p.add(IntVector.fromArray(SPECIES, states, 2 * STATE)).intoArray(states, 0);
        q.add(IntVector.fromArray(SPECIES, states, 2 * STATE + WIDTH)).intoArray(states, WIDTH);
        r.add(IntVector.fromArray(SPECIES, states, 2 * STATE + 2 * WIDTH)).intoArray(states, 2 * WIDTH);
        s.add(IntVector.fromArray(SPECIES, states, 2 * STATE + 3 * WIDTH)).intoArray(states, 3 * WIDTH);
        t.add(IntVector.fromArray(SPECIES, states, 3 * STATE)).intoArray(states, STATE);
        u.add(IntVector.fromArray(SPECIES, states, 3 * STATE + WIDTH)).intoArray(states, STATE + WIDTH);
        v.add(IntVector.fromArray(SPECIES, states, 3 * STATE + 2 * WIDTH)).intoArray(states, STATE + 2 * WIDTH);
        w.add(IntVector.fromArray(SPECIES, states, 3 * STATE + 3 * WIDTH)).intoArray(states, STATE + 3 * WIDTH);
    }
}
