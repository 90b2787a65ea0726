package karamon.http;

import clojure.lang.Fn;
import clojure.lang.IFn;
import clojure.lang.ISeq;
import clojure.lang.RT;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import karamon.json.JsonWriter;
import karamon.json.UnwritableValue;
import karamon.text.Failure;
import karamon.text.Shown;

/**
 * A response's body in the form that a reply needs: text, bytes or nothing.
 *
 * @param text null if it isn't text
 * @param binary null if it isn't bytes, which JSON has in base64
 */
record Body(String text, byte[] binary) {
    static final Body NONE = new Body(null, null);
    private static final byte[] NO_BYTES = {};

    /** Returns whether a body is data to be written as JSON, not text or bytes. */
    static boolean isData(Object body, String contentType) {
        if (body instanceof ISeq) {
            // An empty sequence could be either. It is text only if the content type says so.
            Object first = RT.first(body);
            return RT.seq(body) != null ? !(first instanceof String || first instanceof byte[]) : contentType == null || contentType.contains("json");
        }
        return !(body == null
                || body instanceof String
                || body instanceof byte[]
                || body instanceof Fn
                || body instanceof InputStream
                || isStored(body));
    }

    /** Returns whether a body is the name of stored bytes, which are sent instead of it. */
    private static boolean isStored(Object body) {
        return body instanceof File || body instanceof Path || body instanceof URL;
    }

    /**
     * Reads the whole body of a response. A stream is always closed.
     *
     * @param limit the maximum size of a reply, in bytes
     */
    static Body of(Object body, String contentType, String contentEncoding, int limit) {
        if (body == null) {
            return NONE;
        }
        boolean encoded = MediaType.isEncoded(contentEncoding);
        if (isData(body, contentType)) {
            return ofText(json(body, limit), contentType, encoded);
        }
        if (body instanceof String text) {
            return ofText(text, contentType, encoded);
        }
        if (body instanceof ISeq items && !(items.first() instanceof byte[])) {
            return ofText(join(items, limit), contentType, encoded);
        }
        return ofBytes(body instanceof byte[] bytes ? bytes : read(body, limit), contentType, encoded);
    }

    /** Returns what the client receives. */
    byte[] bytes() {
        return binary != null ? binary : text == null ? NO_BYTES : text.getBytes(StandardCharsets.UTF_8);
    }

    static String json(Object body, int limit) {
        LimitedText text = new LimitedText(limit);
        try {
            JsonWriter.write(body, text);
        } catch (UnwritableValue e) {
            throw new BadResponse("The body can't be written as JSON: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new TooLarge(limit);
        }
        return text.toString();
    }

    // The service sends text as UTF-8, so text in another charset is sent as bytes. If the charset is unknown, the response
    // was passed on from elsewhere, and its text is sent unchanged.
    private static Body ofText(String text, String contentType, boolean encoded) {
        Charset charset = MediaType.charset(contentType);
        boolean utf8 = charset == null || isUtf8(charset);
        if (utf8 && !encoded) {
            return new Body(text, null);
        }
        return new Body(null, encoded(text, utf8 ? StandardCharsets.UTF_8 : charset));
    }

    /** Encodes text in a charset. For ASCII, other characters are encoded as UTF-8. */
    static byte[] encoded(String text, Charset charset) {
        boolean utf8 = isUtf8(charset);
        if (!utf8 && !(charset.canEncode() && charset.newEncoder().canEncode(text))) {
            throw new BadResponse("The body has characters that its charset " + charset + " can't encode");
        }
        return text.getBytes(utf8 ? StandardCharsets.UTF_8 : charset);
    }

    private static Body ofBytes(byte[] bytes, String contentType, boolean encoded) {
        Charset charset = MediaType.charset(contentType);
        if (MediaType.isText(contentType) && !encoded && charset != null && isUtf8(charset)) {
            try {
                return new Body(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString(), null);
            } catch (CharacterCodingException e) {
                return new Body(null, bytes);
            }
        }
        return new Body(null, bytes);
    }

    static boolean isUtf8(Charset charset) {
        return charset.equals(StandardCharsets.UTF_8) || charset.equals(StandardCharsets.US_ASCII);
    }

    private static byte[] read(Object body, int limit) {
        Limited bytes = new Limited(limit);
        try {
            readTo(bytes, body);
        } catch (IOException | RuntimeException e) {
            // A function may have wrapped the limit's exception in its own.
            if (!bytes.isOver()) {
                throw e instanceof RuntimeException unchecked ? unchecked : unreadable((IOException) e);
            }
        }
        if (bytes.isOver()) {
            throw new TooLarge(limit);
        }
        return bytes.bytes();
    }

    private static void readTo(Limited bytes, Object body) throws IOException {
        if (body instanceof Fn) {
            ((IFn) body).invoke(bytes);
        } else if (body instanceof ISeq items) {
            for (ISeq rest = items; rest != null; rest = rest.next()) {
                bytes.write(bytes(rest.first()));
            }
        } else {
            try (InputStream in = (InputStream) opened(body)) {
                bytes.writeAll(in);
            }
        }
    }

    /** Returns a stream of the stored bytes that a body names; any other body unchanged. */
    static Object opened(Object body) {
        try {
            return !isStored(body) ? body
                    : body instanceof URL url ? Resource.open(url)
                    : new FileInputStream(body instanceof Path path ? path.toFile() : (File) body);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /** Closes a body that isn't needed. */
    static void close(Object body) {
        if (body instanceof InputStream in) {
            try {
                in.close();
            } catch (IOException | RuntimeException e) {
                return;
            }
        }
    }

    static BadResponse unreadable(IOException e) {
        return new BadResponse("The body can't be read: " + Failure.message(e), e);
    }

    // Joins text, not bytes: a surrogate pair may begin in one string and end in the next.
    private static String join(ISeq strings, int limit) {
        LimitedText joined = new LimitedText(limit);
        try {
            for (ISeq rest = strings.seq(); rest != null; rest = rest.next()) {
                joined.write(string(rest.first()));
            }
        } catch (IOException e) {
            throw new TooLarge(limit);
        }
        return joined.toString();
    }

    static byte[] bytes(Object item) {
        if (item instanceof byte[] bytes) {
            return bytes;
        }
        throw new BadResponse("A body that is a sequence and begins with a byte array must contain only byte arrays, found "
                + Shown.of(item));
    }

    static String string(Object item) {
        if (item instanceof String text) {
            return text;
        }
        throw new BadResponse("A body that is a sequence and begins with a string must contain only strings, found "
                + Shown.of(item));
    }
}
