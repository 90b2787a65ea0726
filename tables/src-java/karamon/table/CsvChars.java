package karamon.table;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.util.HexFormat;

/**
 * The characters of a stream of bytes, without a byte order mark. Bytes that the charset doesn't have are reported when their place
 * is read, and not before: so a reader knows their line. Not safe for use by several threads.
 */
final class CsvChars implements Closeable {
    private static final char BYTE_ORDER_MARK = '\uFEFF';

    private final InputStream in;
    private final Charset charset;
    private final CharsetDecoder decoder;
    private final ByteBuffer bytes = ByteBuffer.allocate(1 << 16).flip();
    private final CharBuffer chars = CharBuffer.allocate(1 << 16).flip();
    private boolean ended;
    private boolean flushed;
    private boolean begun;
    private CoderResult wrong;
    private String filled;
    private String problem;

    CsvChars(InputStream in, Charset charset) {
        this.in = in;
        this.charset = charset;
        this.decoder = charset.newDecoder().onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
    }

    /** Returns the next character and moves past it; -1 at the end. Returns U+FFFD for bytes that the charset doesn't have. */
    int read() throws IOException {
        if (!chars.hasRemaining() && !fill()) {
            return -1;
        }
        if (filled != null) {
            problem = problem == null ? filled : problem;
            filled = null;
        }
        return chars.get();
    }

    /** Returns the next character; -1 at the end. */
    int peek() throws IOException {
        return chars.hasRemaining() || fill() ? chars.get(chars.position()) : -1;
    }

    /** Returns a description of the wrong bytes read since the last call, or null. */
    String problem() {
        String found = problem;
        problem = null;
        return found;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    // Returns whether there are more characters.
    private boolean fill() throws IOException {
        chars.clear();
        if (wrong != null) {
            replace();
        }
        while (chars.position() == 0 && !(ended && !bytes.hasRemaining()) && wrong == null) {
            if (!ended && bytes.remaining() < bytes.capacity() / 2) {
                more();
            }
            CoderResult result = decoder.decode(bytes, chars, ended);
            wrong = result.isError() ? result : null;
            if (wrong != null && chars.position() == 0) {
                replace();
            }
        }
        if (chars.position() == 0 && !flushed) {
            flushed = true;
            decoder.decode(bytes, chars, true);
            decoder.flush(chars);
        }
        chars.flip();
        if (!begun && chars.hasRemaining()) {
            begun = true;
            if (chars.get(0) == BYTE_ORDER_MARK) {
                chars.get();
                return chars.hasRemaining() || fill();
            }
        }
        return chars.hasRemaining();
    }

    private void more() throws IOException {
        bytes.compact();
        int count = in.read(bytes.array(), bytes.position(), bytes.remaining());
        ended = count < 0;
        bytes.position(bytes.position() + Math.max(0, count)).flip();
    }

    // Passes over wrong bytes. Their character is then the only one in the buffer.
    private void replace() {
        byte[] found = new byte[Math.min(wrong.length(), bytes.remaining())];
        bytes.get(found);
        wrong = null;
        chars.put('\uFFFD');
        filled = "the bytes " + HexFormat.ofDelimiter(" ").withUpperCase().formatHex(found) + " aren't " + charset.name();
    }
}
