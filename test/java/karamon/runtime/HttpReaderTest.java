package karamon.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpReaderTest {

    // Each read returns one byte, even if more are requested.
    private static HttpReader reader(String sent) {
        InputStream bytes = new ByteArrayInputStream(sent.getBytes(StandardCharsets.UTF_8));
        return new HttpReader(new FilterInputStream(bytes) {
            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                return super.read(buffer, offset, Math.min(1, length));
            }
        });
    }

    private static String body(HttpAnswer answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }

    @Test
    void readsResponsesInSequenceByteByByte() throws IOException {
        HttpReader reader = reader("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: ü\r\n\r\nhellöHTTP/1.1 202\r\ncontent-length:0\r\n\r\n".replace("hellö", "hello"));
        HttpAnswer first = reader.read();
        assertEquals("hello", body(first));
        assertEquals("ü", first.headers().get("x"));
        assertTrue(first.reusable());
        assertFalse(reader.hasBegun());
        assertEquals(202, reader.read().status());
    }

    @Test
    void headerNamesComeInAnyCase() throws IOException {
        HttpAnswer answer = reader("HTTP/1.1 200 OK\r\nCONTENT-length:2\r\nlAmBdA-Runtime-AWS-request-ID : a:b \r\n\r\nab").read();
        assertEquals("a:b", answer.headers().get("lambda-runtime-aws-request-id"));
        assertEquals("ab", body(answer));
    }

    @Test
    void linesMayEndWithoutACarriageReturn() throws IOException {
        assertEquals("ab", body(reader("HTTP/1.1 200 OK\nContent-Length: 2\n\nab").read()));
    }

    @Test
    void chunksAreJoinedAndTheirExtensionsIgnored() throws IOException {
        HttpReader reader = reader("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nContent-Length: 999\r\n\r\n"
                + "3;why=not\r\nabc\r\n00A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");
        assertEquals("abc0123456789", body(reader.read()));
        assertEquals(204, reader.read().status());
    }

    @Test
    void interimResponsesAreSkipped() throws IOException {
        assertEquals(202, reader("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n").read().status());
    }

    @Test
    void withoutALengthTheBodyEndsWithTheConnection() throws IOException {
        HttpAnswer answer = reader("HTTP/1.1 200 OK\r\n\r\nall of it").read();
        assertEquals("all of it", body(answer));
        assertFalse(answer.reusable());
    }

    @Test
    void responsesSayWhetherTheConnectionIsReusable() throws IOException {
        assertFalse(reader("HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n").read().reusable());
        assertFalse(reader("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").read().reusable());
        assertTrue(reader("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n").read().reusable());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "SSH-2.0-OpenSSH\r\n\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/1.1 2000\r\n\r\n", "\r\n\r\n", "HTTP/1.1 099 X\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno header\r\n\r\n", "HTTP/1.1 200 OK\r\n: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2000000000\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
    })
    void invalidHttpIsABrokenAnswer(String sent) {
        assertTrue(assertThrows(BrokenAnswer.class, () -> reader(sent).read()).getMessage().startsWith("The Runtime API sent "));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhell", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
    })
    void anIncompleteResponseIsALostConnection(String sent) {
        HttpReader reader = reader(sent);
        assertThrows(EOFException.class, reader::read);
        assertEquals(!sent.isEmpty(), reader.hasBegun());
    }

    @Test
    void anEndlessHeadIsAnError() {
        assertThrows(BrokenAnswer.class, () -> reader("HTTP/1.1 200 " + "x".repeat(300_000)).read());
    }
}
