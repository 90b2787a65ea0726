package karamon.etag;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Transposes the lanes' blocks, 16 words each, to 16 vectors that hold one word of each lane. Vectors are loaded in the words'
 * order; then pairs that are 8, 4, 2 and 1 apart exchange halves, quarters and so on. Vectors with fewer lanes come from fewer
 * rows and begin with a smaller distance. The code is written for HotSpot, see {@link VectorRounds}.
 */
final class VectorTranspose {
    private static final VectorSpecies<Byte> BYTES = VectorMd5.SPECIES.withLanes(byte.class);
    private static final int WIDTH = VectorMd5.WIDTH;

    private static final VectorShuffle<Integer> UP_8 = moved(8);
    private static final VectorShuffle<Integer> DOWN_8 = moved(-8);
    private static final VectorMask<Integer> SECOND_8 = second(8);
    private static final VectorShuffle<Integer> UP_4 = moved(4);
    private static final VectorShuffle<Integer> DOWN_4 = moved(-4);
    private static final VectorMask<Integer> SECOND_4 = second(4);
    private static final VectorShuffle<Integer> UP_2 = moved(2);
    private static final VectorShuffle<Integer> DOWN_2 = moved(-2);
    private static final VectorMask<Integer> SECOND_2 = second(2);
    private static final VectorShuffle<Integer> UP_1 = moved(1);
    private static final VectorShuffle<Integer> DOWN_1 = moved(-1);
    private static final VectorMask<Integer> SECOND_1 = second(1);

    private VectorTranspose() {}

    private static VectorShuffle<Integer> moved(int distance) {
        return VectorShuffle.fromOp(VectorMd5.SPECIES, lane -> (lane + distance) & (WIDTH - 1));
    }

    private static VectorMask<Integer> second(int distance) {
        boolean[] second = new boolean[WIDTH];
        for (int lane = 0; lane < WIDTH; lane++) {
            second[lane] = (lane & distance) != 0;
        }
        return VectorMask.fromArray(VectorMd5.SPECIES, second, 0);
    }

    private static int at(int at, int stride, int vector) {
        return at + vector % WIDTH * stride + vector / WIDTH * WIDTH * Integer.BYTES;
    }

    /**
     * Transposes a block of each lane.
     *
     * @param bytes the blocks; the first lane's is at {@code at}, each next lane's {@code stride} bytes later
     * @param words receives 16 vectors, from {@code to} on
     */
    static void words(byte[] bytes, int at, int stride, int[] words, int to) {
        IntVector a = ByteVector.fromArray(BYTES, bytes, at(at, stride, 0)).reinterpretAsInts();
        IntVector b = ByteVector.fromArray(BYTES, bytes, at(at, stride, 1)).reinterpretAsInts();
        IntVector c = ByteVector.fromArray(BYTES, bytes, at(at, stride, 2)).reinterpretAsInts();
        IntVector d = ByteVector.fromArray(BYTES, bytes, at(at, stride, 3)).reinterpretAsInts();
        IntVector e = ByteVector.fromArray(BYTES, bytes, at(at, stride, 4)).reinterpretAsInts();
        IntVector f = ByteVector.fromArray(BYTES, bytes, at(at, stride, 5)).reinterpretAsInts();
        IntVector g = ByteVector.fromArray(BYTES, bytes, at(at, stride, 6)).reinterpretAsInts();
        IntVector h = ByteVector.fromArray(BYTES, bytes, at(at, stride, 7)).reinterpretAsInts();
        IntVector i = ByteVector.fromArray(BYTES, bytes, at(at, stride, 8)).reinterpretAsInts();
        IntVector j = ByteVector.fromArray(BYTES, bytes, at(at, stride, 9)).reinterpretAsInts();
        IntVector k = ByteVector.fromArray(BYTES, bytes, at(at, stride, 10)).reinterpretAsInts();
        IntVector l = ByteVector.fromArray(BYTES, bytes, at(at, stride, 11)).reinterpretAsInts();
        IntVector m = ByteVector.fromArray(BYTES, bytes, at(at, stride, 12)).reinterpretAsInts();
        IntVector n = ByteVector.fromArray(BYTES, bytes, at(at, stride, 13)).reinterpretAsInts();
        IntVector o = ByteVector.fromArray(BYTES, bytes, at(at, stride, 14)).reinterpretAsInts();
        IntVector p = ByteVector.fromArray(BYTES, bytes, at(at, stride, 15)).reinterpretAsInts();
        IntVector x;
        if (WIDTH > 8) {
            x = i.rearrange(DOWN_8);
            i = a.rearrange(UP_8).blend(i, SECOND_8);
            a = a.blend(x, SECOND_8);
            x = j.rearrange(DOWN_8);
            j = b.rearrange(UP_8).blend(j, SECOND_8);
            b = b.blend(x, SECOND_8);
            x = k.rearrange(DOWN_8);
            k = c.rearrange(UP_8).blend(k, SECOND_8);
            c = c.blend(x, SECOND_8);
            x = l.rearrange(DOWN_8);
            l = d.rearrange(UP_8).blend(l, SECOND_8);
            d = d.blend(x, SECOND_8);
            x = m.rearrange(DOWN_8);
            m = e.rearrange(UP_8).blend(m, SECOND_8);
            e = e.blend(x, SECOND_8);
            x = n.rearrange(DOWN_8);
            n = f.rearrange(UP_8).blend(n, SECOND_8);
            f = f.blend(x, SECOND_8);
            x = o.rearrange(DOWN_8);
            o = g.rearrange(UP_8).blend(o, SECOND_8);
            g = g.blend(x, SECOND_8);
            x = p.rearrange(DOWN_8);
            p = h.rearrange(UP_8).blend(p, SECOND_8);
            h = h.blend(x, SECOND_8);
        }
        if (WIDTH > 4) {
            x = e.rearrange(DOWN_4);
            e = a.rearrange(UP_4).blend(e, SECOND_4);
            a = a.blend(x, SECOND_4);
            x = f.rearrange(DOWN_4);
            f = b.rearrange(UP_4).blend(f, SECOND_4);
            b = b.blend(x, SECOND_4);
            x = g.rearrange(DOWN_4);
            g = c.rearrange(UP_4).blend(g, SECOND_4);
            c = c.blend(x, SECOND_4);
            x = h.rearrange(DOWN_4);
            h = d.rearrange(UP_4).blend(h, SECOND_4);
            d = d.blend(x, SECOND_4);
            x = m.rearrange(DOWN_4);
            m = i.rearrange(UP_4).blend(m, SECOND_4);
            i = i.blend(x, SECOND_4);
            x = n.rearrange(DOWN_4);
            n = j.rearrange(UP_4).blend(n, SECOND_4);
            j = j.blend(x, SECOND_4);
            x = o.rearrange(DOWN_4);
            o = k.rearrange(UP_4).blend(o, SECOND_4);
            k = k.blend(x, SECOND_4);
            x = p.rearrange(DOWN_4);
            p = l.rearrange(UP_4).blend(p, SECOND_4);
            l = l.blend(x, SECOND_4);
        }
        x = c.rearrange(DOWN_2);
        c = a.rearrange(UP_2).blend(c, SECOND_2);
        a = a.blend(x, SECOND_2);
        x = d.rearrange(DOWN_2);
        d = b.rearrange(UP_2).blend(d, SECOND_2);
        b = b.blend(x, SECOND_2);
        x = g.rearrange(DOWN_2);
        g = e.rearrange(UP_2).blend(g, SECOND_2);
        e = e.blend(x, SECOND_2);
        x = h.rearrange(DOWN_2);
        h = f.rearrange(UP_2).blend(h, SECOND_2);
        f = f.blend(x, SECOND_2);
        x = k.rearrange(DOWN_2);
        k = i.rearrange(UP_2).blend(k, SECOND_2);
        i = i.blend(x, SECOND_2);
        x = l.rearrange(DOWN_2);
        l = j.rearrange(UP_2).blend(l, SECOND_2);
        j = j.blend(x, SECOND_2);
        x = o.rearrange(DOWN_2);
        o = m.rearrange(UP_2).blend(o, SECOND_2);
        m = m.blend(x, SECOND_2);
        x = p.rearrange(DOWN_2);
        p = n.rearrange(UP_2).blend(p, SECOND_2);
        n = n.blend(x, SECOND_2);
        x = b.rearrange(DOWN_1);
        b = a.rearrange(UP_1).blend(b, SECOND_1);
        a = a.blend(x, SECOND_1);
        x = d.rearrange(DOWN_1);
        d = c.rearrange(UP_1).blend(d, SECOND_1);
        c = c.blend(x, SECOND_1);
        x = f.rearrange(DOWN_1);
        f = e.rearrange(UP_1).blend(f, SECOND_1);
        e = e.blend(x, SECOND_1);
        x = h.rearrange(DOWN_1);
        h = g.rearrange(UP_1).blend(h, SECOND_1);
        g = g.blend(x, SECOND_1);
        x = j.rearrange(DOWN_1);
        j = i.rearrange(UP_1).blend(j, SECOND_1);
        i = i.blend(x, SECOND_1);
        x = l.rearrange(DOWN_1);
        l = k.rearrange(UP_1).blend(l, SECOND_1);
        k = k.blend(x, SECOND_1);
        x = n.rearrange(DOWN_1);
        n = m.rearrange(UP_1).blend(n, SECOND_1);
        m = m.blend(x, SECOND_1);
        x = p.rearrange(DOWN_1);
        p = o.rearrange(UP_1).blend(p, SECOND_1);
        o = o.blend(x, SECOND_1);
        a.intoArray(words, to);
        b.intoArray(words, to + WIDTH);
        c.intoArray(words, to + 2 * WIDTH);
        d.intoArray(words, to + 3 * WIDTH);
        e.intoArray(words, to + 4 * WIDTH);
        f.intoArray(words, to + 5 * WIDTH);
        g.intoArray(words, to + 6 * WIDTH);
        h.intoArray(words, to + 7 * WIDTH);
        i.intoArray(words, to + 8 * WIDTH);
        j.intoArray(words, to + 9 * WIDTH);
        k.intoArray(words, to + 10 * WIDTH);
        l.intoArray(words, to + 11 * WIDTH);
        m.intoArray(words, to + 12 * WIDTH);
        n.intoArray(words, to + 13 * WIDTH);
        o.intoArray(words, to + 14 * WIDTH);
        p.intoArray(words, to + 15 * WIDTH);
    }
}
