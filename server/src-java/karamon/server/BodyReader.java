package karamon.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.BufferUtil;

/** Reads the body of a request as it arrives; no thread waits for it. */
final class BodyReader implements Runnable {
    static final IOException TOO_LARGE = new IOException("The body is too large");
    static final IOException NO_ROOM = new IOException("There is no room for the body");

    private final Call call;
    private final Request request;
    private final int limit;
    private final IntPredicate room;
    private final Consumer<byte[]> then;
    private final Consumer<Throwable> failed;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();

    /**
     * Makes a reader.
     *
     * @param limit in bytes
     * @param room takes memory for some bytes, or returns false if there is none
     * @param then is called with the body
     * @param failed is called instead if the client is gone or sends an invalid body; with {@link #TOO_LARGE} or {@link #NO_ROOM}
     */
    BodyReader(Call call, int limit, IntPredicate room, Consumer<byte[]> then, Consumer<Throwable> failed) {
        this.call = call;
        this.request = call.request();
        this.limit = limit;
        this.room = room;
        this.then = then;
        this.failed = failed;
    }

    @Override
    public void run() {
        while (!call.isAnswered()) {
            Content.Chunk chunk = request.read();
            if (chunk == null) {
                request.demand(this);
                return;
            }
            if (Content.Chunk.isFailure(chunk)) {
                failed.accept(chunk.getFailure());
                return;
            }
            boolean last = chunk.isLast();
            boolean fits = chunk.remaining() <= limit - kept.size();
            boolean kept = fits && room.test(chunk.remaining());
            if (kept && chunk.hasRemaining()) {
                this.kept.writeBytes(BufferUtil.toArray(chunk.getByteBuffer()));
            }
            chunk.release();
            if (!kept) {
                failed.accept(fits ? NO_ROOM : TOO_LARGE);
                return;
            }
            if (last) {
                then.accept(this.kept.toByteArray());
                return;
            }
        }
    }
}
