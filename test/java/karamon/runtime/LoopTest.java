package karamon.runtime;

import static karamon.runtime.Loops.NEXT;
import static karamon.runtime.Loops.loop;
import static karamon.runtime.Loops.requests;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import karamon.test.Scripted;
import karamon.test.Scripted.Peer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The loop survives any failure of a connection, and ends if an answer of the Runtime API is invalid. */
@Timeout(60)
class LoopTest {
    private static final String RESPONSE = "POST invocation/id-1/response ok";
    private static final Handler OK = (event, context) -> "ok".getBytes(StandardCharsets.UTF_8);

    @Test
    void oneConnectionServesManyRequests() throws Exception {
        assertEquals(List.of(NEXT, RESPONSE, NEXT, RESPONSE), requests(OK, peer -> {
            peer.handOut();
            peer.accept();
            peer.handOut();
            peer.accept();
            peer.end();
        }));
    }

    @Test
    void anEventMayComeInChunksAfterAnInterimAnswerInPieces() throws Exception {
        Handler echo = (event, context) -> event;
        assertEquals(List.of(NEXT, "POST invocation/id-1/response [1,2]"), requests(echo, peer -> {
            peer.read();
            String answer = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTRANSFER-ENCODING: chunked\r\n" + Peer.INVOCATION.toUpperCase()
                    .replace("ID-1", "id-1") + "\r\n3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n";
            for (char c : answer.toCharArray()) {
                peer.send(String.valueOf(c));
            }
            peer.read();
            peer.send("HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n");
            peer.end();
        }));
    }

    @Test
    void aClosedConnectionIsReplaced() throws Exception {
        assertEquals(List.of(NEXT, RESPONSE, NEXT, RESPONSE), requests(OK, peer -> {
            peer.handOut();
            peer.accept();
        }, peer -> {
            peer.handOut();
            peer.accept();
            peer.end();
        }));
    }

    @Test
    void aConnectionThatWillCloseIsNotReused() throws Exception {
        assertEquals(List.of(NEXT, RESPONSE), requests(OK, Peer::handOut, peer -> {
            peer.read();
            peer.send("HTTP/1.1 202 Accepted\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        }, Peer::end));
    }

    @Test
    void theNextEventIsRequestedAgainIfTheConnectionIsLost() throws Exception {
        assertEquals(List.of(NEXT, NEXT, NEXT, NEXT, RESPONSE), requests(OK,
                Peer::read,
                peer -> {
                    peer.read();
                    peer.send("HTTP/1.1 200 OK\r\nLambda-Runtime-Aws");
                },
                peer -> {
                    peer.read();
                    peer.send("HTTP/1.1 200 OK\r\n" + Peer.INVOCATION + "Content-Length: 100\r\n\r\n{}");
                    peer.reset();
                },
                peer -> {
                    peer.handOut();
                    peer.accept();
                    peer.end();
                }));
    }

    @Test
    void anUnansweredResponseIsSentAgainAndARefusalMeansThatItHadArrived() throws Exception {
        assertEquals(List.of(NEXT, RESPONSE, RESPONSE), requests(OK, peer -> {
            peer.handOut();
            peer.read();
            peer.reset();
        }, peer -> {
            peer.read();
            peer.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
            peer.end();
        }));
    }

    @Test
    void aResponseIsNotSentAgainAfterAnAnswerHasBegun() throws Exception {
        assertEquals(List.of(NEXT, RESPONSE), requests(OK, peer -> {
            peer.handOut();
            peer.read();
            peer.send("HTTP/1.1 202 Acc");
        }, Peer::end));
    }

    @Test
    void aResponseIsSentAtMostTwice() throws Exception {
        assertEquals(List.of(NEXT, RESPONSE, RESPONSE), requests(OK, peer -> {
            peer.handOut();
            peer.read();
        }, Peer::read, Peer::end));
    }

    @Test
    void aRefusedResponseDoesNotEndTheLoop() throws Exception {
        assertEquals(List.of(NEXT, RESPONSE), requests(OK, peer -> {
            peer.handOut();
            peer.read();
            peer.send("HTTP/1.1 413 Too large\r\nContent-Length: 0\r\n\r\n");
            peer.end();
        }));
    }

    @Test
    void aRuntimeApiThatFailsEndsTheLoop() throws Exception {
        try (Scripted api = new Scripted(peer -> {
            peer.handOut();
            peer.end();
        })) {
            BrokenAnswer end = assertThrows(BrokenAnswer.class, () -> loop(OK, api.address()).run());
            assertEquals("The Runtime API failed: it answered POST invocation/id-1/response with 500 end", end.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: id-1\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: id-1\r\nLambda-Runtime-Deadline-Ms: soon\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: ../x\r\nLambda-Runtime-Deadline-Ms: 1\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        "+OK POP3 ready\r\n\r\n",
    })
    void anInvalidAnswerEndsTheLoop(String answer) throws Exception {
        try (Scripted api = new Scripted(peer -> {
            peer.read();
            peer.send(answer);
        })) {
            assertTrue(assertThrows(BrokenAnswer.class, () -> loop(OK, api.address()).run()).getMessage().startsWith("The Runtime API "));
        }
    }

    @Test
    void aRuntimeApiThatIsGoneEndsTheLoop() throws Exception {
        ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        closed.close();
        String address = "127.0.0.1:" + closed.getLocalPort();
        IOException end = assertThrows(IOException.class, () -> loop(OK, address).run());
        assertTrue(end.getMessage().startsWith("Can't connect to the Runtime API at " + address + ": "), end.getMessage());
    }

    @Test
    void aHandlersExceptionIsPostedWithItsTypeAndTheLoopContinues() throws Exception {
        Handler failing = (event, context) -> {
            throw new IllegalStateException("a \"closed\" door");
        };
        List<String> requests = requests(failing, peer -> {
            peer.handOut();
            peer.accept();
            peer.end();
        });
        assertTrue(requests.get(1).startsWith("POST invocation/id-1/error {\"errorMessage\":\"a \\\"closed\\\" door\","
                + "\"errorType\":\"java.lang.IllegalStateException\",\"stackTrace\":[\"karamon.runtime.LoopTest."), requests.get(1));
    }

    @Test
    void anUnprintableExceptionIsPostedAndTheLoopContinues() throws Exception {
        Handler failing = (event, context) -> {
            throw new IllegalStateException() {
                private static final long serialVersionUID = 1L;

                @Override
                public String getMessage() {
                    throw new IllegalArgumentException("nasty");
                }
            };
        };
        List<String> requests = requests(failing, peer -> {
            peer.handOut();
            peer.accept();
            peer.handOut();
            peer.accept();
            peer.end();
        });
        assertTrue(requests.get(1).startsWith("POST invocation/id-1/error {\"errorMessage\":\"karamon.runtime.LoopTest$"), requests.get(1));
        assertEquals(requests.get(1), requests.get(3));
    }

    @Test
    void aFatalErrorIsPostedAndEndsTheLoop() throws Exception {
        OutOfMemoryError error = new OutOfMemoryError("as if");
        Handler failing = (event, context) -> {
            throw error;
        };
        try (Scripted api = new Scripted(peer -> {
            peer.handOut();
            peer.accept();
        })) {
            assertSame(error, assertThrows(OutOfMemoryError.class, () -> loop(failing, api.address()).run()));
            assertTrue(api.requests().get(1).startsWith("POST invocation/id-1/error {\"errorMessage\":\"as if\""));
        }
    }

    @Test
    void anInterruptAffectsOnlyItsInvocation() throws Exception {
        Handler interrupted = (event, context) -> {
            assertFalse(Thread.currentThread().isInterrupted());
            Thread.currentThread().interrupt();
            return OK.handle(event, context);
        };
        assertEquals(List.of(NEXT, RESPONSE, NEXT, RESPONSE), requests(interrupted, peer -> {
            peer.handOut();
            peer.accept();
            peer.handOut();
            peer.accept();
            peer.end();
        }));
    }
}
