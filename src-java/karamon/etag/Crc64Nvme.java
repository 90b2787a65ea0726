package karamon.etag;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.zip.Checksum;

/**
 * CRC-64/NVME (NVM Express NVM Command Set Specification, "64b CRC Guard"): reflected polynomial, all bits set at the start and
 * inverted at the end. Processes eight bytes per step, each with its own table.
 */
final class Crc64Nvme implements Checksum {
    private static final long POLYNOMIAL = 0x9A6C9329AC4BC9B5L;
    private static final long[][] TABLES = tables();
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private long crc = -1;

    private static long[][] tables() {
        long[][] tables = new long[8][256];
        for (int i = 0; i < 256; i++) {
            long crc = i;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc >>> 1) ^ ((crc & 1) == 0 ? 0 : POLYNOMIAL);
            }
            tables[0][i] = crc;
        }
        for (int table = 1; table < 8; table++) {
            for (int i = 0; i < 256; i++) {
                long before = tables[table - 1][i];
                tables[table][i] = (before >>> 8) ^ tables[0][(int) before & 255];
            }
        }
        return tables;
    }

    @Override
    public void update(int b) {
        crc = (crc >>> 8) ^ TABLES[0][((int) crc ^ b) & 255];
    }

    @Override
    public void update(byte[] bytes, int offset, int length) {
        int end = offset + length;
        int at = offset;
        for (; at <= end - Long.BYTES; at += Long.BYTES) {
            long x = crc ^ (long) LONG.get(bytes, at);
            crc = TABLES[7][(int) x & 255]
                    ^ TABLES[6][(int) (x >>> 8) & 255]
                    ^ TABLES[5][(int) (x >>> 16) & 255]
                    ^ TABLES[4][(int) (x >>> 24) & 255]
                    ^ TABLES[3][(int) (x >>> 32) & 255]
                    ^ TABLES[2][(int) (x >>> 40) & 255]
                    ^ TABLES[1][(int) (x >>> 48) & 255]
                    ^ TABLES[0][(int) (x >>> 56)];
        }
        for (; at < end; at++) {
            update(bytes[at]);
        }
    }

    @Override
    public long getValue() {
        return ~crc;
    }

    @Override
    public void reset() {
        crc = -1;
    }
}
