package karamon.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ChunkedStreamTest {
    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    private final ChunkedStream out = new ChunkedStream(sent);

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void eachFlushSendsAChunkUnlessItWouldBeEmpty() throws IOException {
        out.write(bytes("hello "));
        out.write('w');
        out.flush();
        out.flush();
        out.write(bytes("x".repeat(16)));
        out.end("");
        assertEquals("7\r\nhello w\r\n10\r\n" + "x".repeat(16) + "\r\n0\r\n\r\n", sent.toString());
    }

    @Test
    void largeBodiesAreSentInChunksOf16KiB() throws IOException {
        out.write(bytes("x".repeat(40_000)));
        out.end("");
        String full = "4000\r\n" + "x".repeat(16_384) + "\r\n";
        assertEquals(full + full + "1c40\r\n" + "x".repeat(7_232) + "\r\n0\r\n\r\n", sent.toString());
    }

    @Test
    void trailersFollowTheLastChunk() throws IOException {
        out.end("A: b\r\n");
        assertEquals("0\r\nA: b\r\n\r\n", sent.toString());
    }

    @Test
    void afterClosingWritingFailsAndEndingWorks() throws IOException {
        out.write(1);
        out.close();
        out.close();
        assertEquals("The response has ended", assertThrows(IOException.class, () -> out.write(2)).getMessage());
        out.end("");
        assertEquals("1\r\n\u0001\r\n0\r\n\r\n", sent.toString());
    }

    @Test
    void aLostConnectionIsReportedAgain() throws IOException {
        IOException lost = new IOException("gone");
        ChunkedStream broken = new ChunkedStream(new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw lost;
            }
        });
        broken.throwIfLost();
        broken.write(1);
        assertSame(lost, assertThrows(IOException.class, broken::flush));
        assertSame(lost, assertThrows(IOException.class, broken::throwIfLost));
        broken.write(1);
        assertSame(lost, assertThrows(IOException.class, broken::flush));
    }
}
