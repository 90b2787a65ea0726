package karamon.http;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** A request's body as a stream. It is decoded when it is first read. For one thread. */
public final class RequestBody extends InputStream {
    private final Object sent;
    private final boolean base64;
    private final String contentType;
    private final String contentEncoding;
    private InputStream in;

    /**
     * Makes a body from an event's.
     *
     * @param sent null for none
     */
    RequestBody(String sent, boolean base64, String contentType, String contentEncoding) {
        this.sent = sent;
        this.base64 = base64;
        this.contentType = contentType;
        this.contentEncoding = contentEncoding;
    }

    /**
     * Makes a body from a request map's.
     *
     * @param body a string, bytes (not copied), or null for none
     * @param contentType a header's value, which names the charset of a string; null for none
     */
    public RequestBody(Object body, String contentType) {
        this.sent = body;
        this.base64 = false;
        this.contentType = contentType;
        this.contentEncoding = null;
    }

    /**
     * Returns the body for a request map. Doesn't read from the stream.
     *
     * @return a string for text, else bytes; null for none
     * @throws BadRequest when the event marks it as base64, but it isn't
     */
    public Object value() {
        if (base64 && sent != null) {
            return value(decoded(), contentType, contentEncoding);
        }
        return sent instanceof String text && text.isEmpty() ? null : sent;
    }

    /**
     * Converts bytes to the body for a request map.
     *
     * @param bytes not copied
     * @param contentType a header's value; null for none
     * @param contentEncoding a header's value; null for none
     * @return a string if the type is a text type and the bytes are valid in its charset, else the bytes; null for none
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
            return bytes; // Not valid in its charset.
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

    // The services send text decoded, so it is encoded here in the charset that its reader will use to decode it.
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
