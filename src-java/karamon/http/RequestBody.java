package karamon.http;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** A request's body as a stream: nothing of it is decoded until it is read. For one thread. */
public final class RequestBody extends InputStream {
    private final Object sent;
    private final boolean base64;
    private final String contentType;
    private final String contentEncoding;
    private InputStream in;

    /**
     * A body as an event has it.
     *
     * @param sent null is none
     */
    RequestBody(String sent, boolean base64, String contentType, String contentEncoding) {
        this.sent = sent;
        this.base64 = base64;
        this.contentType = contentType;
        this.contentEncoding = contentEncoding;
    }

    /**
     * A body as a request map has it.
     *
     * @param body a string, bytes (not copied), or null for none
     * @param contentType a header's value, whose charset a string is read in; null is none
     */
    public RequestBody(Object body, String contentType) {
        this.sent = body;
        this.base64 = false;
        this.contentType = contentType;
        this.contentEncoding = null;
    }

    /**
     * Returns the body as a request map has it. The stream stays where it is.
     *
     * @return a string for text, else bytes; null for none
     * @throws BadRequest when it isn't the base64 that it was said to be
     */
    public Object value() {
        if (base64 && sent != null) {
            return value(decoded(), contentType, contentEncoding);
        }
        return sent instanceof String text && text.isEmpty() ? null : sent;
    }

    /**
     * Returns bytes as a request map has them.
     *
     * @param bytes not copied
     * @param contentType a header's value; null is none
     * @param contentEncoding a header's value; null is none
     * @return a string where the type is a text kind and the bytes are what its charset says, else the bytes; null for none
     */
    public static Object value(byte[] bytes, String contentType, String contentEncoding) {
        if (bytes.length == 0) {
            return null;
        }
        boolean text = MediaType.isText(contentType) && !MediaType.isEncoded(contentEncoding);
        Charset charset = text ? MediaType.charset(contentType) : null;
        if (charset == null) {
            return bytes;
        }
        try {
            return charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            return bytes; // Nothing is lost.
        }
    }

    private byte[] decoded() {
        try {
            return Base64.getDecoder().decode((String) sent);
        } catch (IllegalArgumentException e) {
            throw new BadRequest("The body isn't base64: " + e.getMessage(), e);
        }
    }

    private byte[] bytes() {
        if (sent == null) {
            return new byte[0];
        }
        return base64 ? decoded() : sent instanceof String text ? text.getBytes(charset(text)) : (byte[]) sent;
    }

    // The services pass text on decoded, and whoever reads it decodes it by the charset it says it has.
    private Charset charset(String text) {
        Charset named = MediaType.charset(contentType);
        boolean fits = named != null && named.canEncode() && named.newEncoder().canEncode(text);
        return fits ? named : StandardCharsets.UTF_8;
    }

    private InputStream in() {
        if (in == null) {
            in = new ByteArrayInputStream(bytes());
        }
        return in;
    }

    @Override
    public int read() throws IOException {
        return in().read();
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        return in().read(buffer, offset, length);
    }

    @Override
    public int available() throws IOException {
        return in().available();
    }
}
