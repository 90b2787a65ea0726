package karamon.runtime;

import static karamon.runtime.Loops.NEXT;
import static karamon.runtime.Loops.loop;
import static karamon.runtime.Loops.requests;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import clojure.lang.AFn;
import clojure.lang.AFunction;
import clojure.lang.Keyword;
import clojure.lang.PersistentArrayMap;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import karamon.test.Scripted;
import karamon.test.Scripted.Peer;
import karamon.test.Scripted.Streamed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Streamed replies, whose connections and bodies may fail half-way. */
@Timeout(60)
class StreamedLoopTest {
    private static final String EVENT = "{\"httpMethod\":\"GET\",\"path\":\"/\",\"requestContext\":{}}";

    private static Handler streaming(Body body) {
        Object options = new PersistentArrayMap(new Object[] {Keyword.intern("stream"), true});
        Object response = new PersistentArrayMap(new Object[] {Keyword.intern("body"), body});
        return Handlers.gateway("test/streaming", new AFn() {
            @Override
            public Object invoke(Object event, Object context) {
                return response;
            }
        }, options);
    }

    /** A body's function: Clojure's own kind. */
    private abstract static class Body extends AFunction {
        private static final long serialVersionUID = 1L;

        abstract void write(OutputStream out) throws IOException;

        @Override
        public Object invoke(Object out) {
            try {
                write((OutputStream) out);
                return null;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Test
    void aStreamedReplyOpensANewConnectionWhichIsKept() throws Exception {
        CompletableFuture<Streamed> streamed = new CompletableFuture<>();
        Body body = new Body() {
            @Override
            void write(OutputStream out) throws IOException {
                out.write(new byte[] {'h', 'i'});
            }
        };
        assertEquals(List.of(NEXT, NEXT), requests(streaming(body), peer -> peer.handOut(EVENT), peer -> {
            streamed.complete(peer.stream());
            peer.handOut(EVENT);
        }, peer -> {
            peer.stream();
            peer.end();
        }));
        assertEquals("hi", streamed.join().first());
        assertEquals(List.of(), streamed.join().trailers());
    }

    @Test
    void aFatalErrorHalfWayIsReportedAndEndsTheLoop() throws Exception {
        CompletableFuture<Streamed> streamed = new CompletableFuture<>();
        Body body = new Body() {
            @Override
            void write(OutputStream out) throws IOException {
                out.write('h');
                throw new OutOfMemoryError("as if");
            }
        };
        try (Scripted api = new Scripted(peer -> peer.handOut(EVENT), peer -> streamed.complete(peer.stream()))) {
            assertThrows(OutOfMemoryError.class, () -> loop(streaming(body), api.address()).run());
        }
        assertEquals("Lambda-Runtime-Function-Error-Type: java.lang.OutOfMemoryError", streamed.join().trailers().get(0));
    }

    @Test
    void aLostConnectionIsNoticedEvenIfTheBodyCatchesIt() throws Exception {
        Body body = new Body() {
            @Override
            void write(OutputStream out) {
                try {
                    while (true) {
                        out.write(new byte[65_536]);
                    }
                } catch (IOException e) {
                    throw new IllegalStateException("mine");
                }
            }
        };
        assertEquals(List.of(NEXT), requests(streaming(body), peer -> peer.handOut(EVENT), peer -> {
            peer.lines();
            peer.reset();
        }, Peer::end));
    }
}
