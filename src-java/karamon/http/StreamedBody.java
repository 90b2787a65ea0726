package karamon.http;

import clojure.lang.Fn;
import clojure.lang.IFn;
import clojure.lang.ISeq;
import clojure.lang.RT;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** A body that is sent while it is produced. Write or close it once, on one thread. */
public final class StreamedBody {
    private static final int BUFFER_BYTES = 16 * 1024;

    // Set to null before it is written: holding the head of a lazy sequence would keep all of it in memory.
    private Object body;
    private final Charset charset;

    private StreamedBody(Object body, Charset charset) {
        this.body = body;
        this.charset = charset;
    }

    /**
     * Makes a streamed body from a response's body. Text and data are encoded here, and files opened, so that errors are thrown
     * before anything is sent.
     *
     * @param limit the maximum length of a body that is data, in characters
     */
    static StreamedBody of(Object body, String contentType, int limit) {
        Charset named = MediaType.charset(contentType);
        Charset charset = named == null || Body.isUtf8(named) ? StandardCharsets.UTF_8 : named;
        if (body != null && Body.isData(body, contentType)) {
            return new StreamedBody(Body.encoded(Body.json(body, limit), charset), charset);
        }
        return new StreamedBody(body instanceof String text ? Body.encoded(text, charset) : Body.opened(body), charset);
    }

    /**
     * Writes the body. Flushes after each read of a stream and after each item of a sequence. A function is called with the
     * stream and flushes it itself. The source of the body is always closed.
     *
     * @param out the stream to write to; it isn't closed
     * @throws IOException when reading or writing fails; a function may throw anything
     */
    public void writeTo(OutputStream out) throws IOException {
        // No pattern variable for the body: it would keep the head of a sequence.
        if (body instanceof byte[]) {
            out.write((byte[]) take());
        } else if (body instanceof Fn) {
            ((IFn) take()).invoke(out);
        } else if (body instanceof InputStream) {
            try (InputStream in = (InputStream) take()) {
                copy(in, out);
            }
        } else {
            writeItems(out);
        }
    }

    /** Closes the source of the body, if it wasn't written. */
    public void close() {
        Body.close(take());
    }

    private Object take() {
        Object taken = body;
        body = null;
        return taken;
    }

    private static void copy(InputStream in, OutputStream out) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            out.write(buffer, 0, n);
            out.flush();
        }
    }

    private void writeItems(OutputStream out) throws IOException {
        ISeq items = RT.seq(take());
        boolean binary = items != null && items.first() instanceof byte[];
        Writer text = binary ? null : writer(out);
        while (items != null) {
            if (binary) {
                out.write(Body.bytes(items.first()));
                out.flush();
            } else {
                text.write(Body.string(items.first()));
                text.flush();
            }
            items = items.next();
        }
    }

    // One writer for all items, as a surrogate pair may begin in one string and end in the next. A character that a charset other
    // than UTF-8 can't encode is an error, as in a whole reply.
    private Writer writer(OutputStream out) {
        return charset == StandardCharsets.UTF_8 ? new OutputStreamWriter(out, charset) : new OutputStreamWriter(out, charset.newEncoder());
    }
}
