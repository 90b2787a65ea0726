package karamon.runtime;

import static karamon.runtime.Loops.NEXT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.List;
import karamon.test.Scripted;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The calls around a SnapStart snapshot. */
@Timeout(60)
class RestoreTest {
    private static final String RESTORE = "GET restore/next ";

    private static RuntimeCalls calls(Scripted api) {
        return new RuntimeCalls(RuntimeAddress.of(api.address()));
    }

    @Test
    void aStartFromASnapshotConnectsAgainThoughTheConnectionIsOpen() throws IOException {
        try (Scripted api = new Scripted(peer -> {
            peer.read();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }, peer -> peer.handOut())) {
            RuntimeCalls calls = calls(api);
            calls.awaitRestore();
            assertEquals("id-1", calls.next().id());
            assertEquals(List.of(RESTORE, NEXT), api.requests());
        }
    }

    @Test
    void aConnectionThatTheSnapshotLostIsReplaced() throws IOException {
        try (Scripted api = new Scripted(peer -> peer.read(), peer -> {
            peer.read();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        })) {
            calls(api).awaitRestore();
            assertEquals(List.of(RESTORE, RESTORE), api.requests());
        }
    }

    @Test
    void anotherAnswerIsAnError() throws IOException {
        try (Scripted api = new Scripted(peer -> {
            peer.read();
            peer.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        })) {
            RuntimeCalls calls = calls(api);
            assertEquals("The Runtime API takes no snapshot: it answered GET restore/next with 403",
                    assertThrows(BrokenAnswer.class, calls::awaitRestore).getMessage());
        }
    }
}
