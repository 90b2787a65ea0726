package karamon.etag;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PreparationTest {
    private static final long MIB = 1 << 20;

    @Test
    void preparingPaysFromItsCostOn() {
        for (Preparation preparation : new Preparation[] {Preparation.VECTORS, Preparation.LOOPS,
                Preparation.COMMAND_VECTORS, Preparation.COMMAND_LOOPS}) {
            assertTrue(preparation.pays(preparation.minBytes(), 0, 128));
            assertFalse(preparation.pays(preparation.minBytes() - 1, 0, 128));
        }
        assertTrue(Preparation.COMMAND_VECTORS.pays(1024 * MIB, 0, 128));
        assertFalse(Preparation.VECTORS.pays(1024 * MIB, 0, 128));
        assertFalse(Preparation.COMMAND_VECTORS.pays(256 * MIB, 0, 32));
    }

    @Test
    void theBytesHashedBeforeCount() {
        assertTrue(Preparation.VECTORS.pays(64 * MIB, 1984 * MIB, 8));
        assertFalse(Preparation.VECTORS.pays(64 * MIB, 1983 * MIB, 8));
    }

    @Test
    void fewPartsNeverPay() {
        assertTrue(Preparation.LOOPS.pays(Long.MAX_VALUE / 2, 0, 5));
        assertFalse(Preparation.LOOPS.pays(Long.MAX_VALUE / 2, Long.MAX_VALUE / 2, 4));
    }

    @Test
    void fewThreadsWaitAndOneOfManyPrepares() {
        Preparation preparation = new Preparation(1, 1, true, 3);
        assertNull(new Lanes(Lanes.Choice.NONE, preparation).prepare(10, 5, 3));
        Lanes lanes = new Lanes(Lanes.Choice.NONE, preparation);
        assertNull(lanes.prepare(10, 4, 4), "lanes don't pay");
        assertNotNull(lanes.prepare(10, 5, 4));
        assertNull(lanes.prepare(10, 5, 4), "once");
    }
}
