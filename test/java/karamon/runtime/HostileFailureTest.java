package karamon.runtime;

import static karamon.runtime.Loops.NEXT;
import static karamon.runtime.Loops.requests;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import clojure.lang.AFn;
import clojure.lang.AFunction;
import clojure.lang.IFn;
import clojure.lang.Keyword;
import clojure.lang.Namespace;
import clojure.lang.RT;
import clojure.lang.Symbol;
import clojure.lang.Util;
import clojure.lang.Var;
import com.amazonaws.services.lambda.runtime.LambdaLogger;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import karamon.test.Depth;
import karamon.test.Scripted.Streamed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Exceptions that are hard to print fail only their own invocation, on Karamon's own runtime and in priming. */
@Timeout(120)
class HostileFailureTest {
    private static final String NASTY = "{\"nasty\":true}";
    private static final String EVENT = "{\"httpMethod\":\"GET\",\"path\":\"/\",\"requestContext\":{}}";
    private static final byte[] OK = "ok".getBytes(StandardCharsets.UTF_8);

    private static Object hostile(String name) {
        RT.var("clojure.core", "require").invoke(Symbol.intern("karamon.test.hostile"));
        return RT.var("karamon.test.hostile", name).deref();
    }

    private static Throwable nasty(String kind) {
        return (Throwable) ((IFn) RT.get(hostile("exceptions"), kind)).invoke();
    }

    @AfterEach
    void release() {
        ((IFn) hostile("release")).invoke(new AFn() {
            @Override
            public Object invoke() {
                return null;
            }
        });
    }

    /** Tests with an exception, which a function makes. */
    @FunctionalInterface
    private interface WithException {
        void test(String kind, IFn make) throws IOException;
    }

    /** One of four at quick depth. */
    private Stream<DynamicTest> forEachException(String group, WithException test) {
        List<Map.Entry<?, ?>> kinds = List.copyOf(((Map<?, ?>) hostile(group)).entrySet());
        return IntStream.range(0, kinds.size()).filter(i -> i % Depth.times(4, 1) == 0).mapToObj(kinds::get).map(kind -> dynamicTest((String) kind.getKey(), () -> {
            try {
                test.test((String) kind.getKey(), (IFn) kind.getValue());
            } finally {
                release();
            }
        }));
    }

    private static Handler throwing(IFn make) {
        return (event, context) -> {
            if (new String(event, StandardCharsets.UTF_8).equals(NASTY)) {
                throw Util.sneakyThrow((Throwable) make.invoke());
            }
            return OK;
        };
    }

    private static void assertThatOnlyOneFails(String kind, IFn make) throws IOException {
        List<String> requests = requests(throwing(make), peer -> {
            peer.handOut(NASTY);
            peer.accept();
            peer.handOut();
            peer.accept();
            peer.end();
        });
        assertEquals(NEXT, requests.get(0));
        assertTrue(requests.get(1).startsWith("POST invocation/id-1/error {\"errorMessage\":\""), requests.get(1));
        assertEquals(List.of(NEXT, "POST invocation/id-1/response ok"), requests.subList(2, 4));
    }

    @TestFactory
    Stream<DynamicTest> theInvocationFailsAndTheNextIsAnswered() {
        return forEachException("exceptions", HostileFailureTest::assertThatOnlyOneFails);
    }

    @TestFactory
    Stream<DynamicTest> soItDoesIfPrintingWouldWait() {
        return forEachException("slow-exceptions", HostileFailureTest::assertThatOnlyOneFails);
    }

    @TestFactory
    Stream<DynamicTest> aStreamedBodyThatThrowsIsReportedInTrailers() {
        return forEachException("exceptions", (kind, make) -> {
            AFunction body = new AFunction() {
                private static final long serialVersionUID = 1L;

                @Override
                public Object invoke(Object out) {
                    throw Util.sneakyThrow((Throwable) make.invoke());
                }
            };
            Handler handler = Handlers.gateway("test/streaming", new AFn() {
                @Override
                public Object invoke(Object event, Object context) {
                    return RT.map(Keyword.intern("body"), body);
                }
            }, RT.map(Keyword.intern("stream"), true));
            CompletableFuture<Streamed> streamed = new CompletableFuture<>();
            requests(handler, peer -> peer.handOut(EVENT), peer -> {
                streamed.complete(peer.stream());
                peer.end();
            });
            assertEquals(2, streamed.join().trailers().size());
        });
    }

    @Test
    void theOtherInvocationsOfAProcessAreAnswered() throws Exception {
        CountDownLatch failed = new CountDownLatch(1);
        Handler handler = (event, context) -> {
            if (new String(event, StandardCharsets.UTF_8).equals(NASTY)) {
                throw Util.sneakyThrow(nasty("data with deep data"));
            }
            try {
                assertTrue(failed.await(60, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return OK;
        };
        List<CompletableFuture<List<String>>> loops = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            boolean isNasty = i == 0;
            CompletableFuture<List<String>> done = new CompletableFuture<>();
            loops.add(done);
            new Thread(() -> {
                try {
                    done.complete(requests(handler, peer -> {
                        peer.handOut(isNasty ? NASTY : "{}");
                        peer.accept();
                        if (isNasty) {
                            failed.countDown();
                        }
                        peer.end();
                    }));
                } catch (Throwable e) {
                    done.completeExceptionally(e);
                }
            }).start();
        }
        assertTrue(loops.get(0).get(60, TimeUnit.SECONDS).get(1).startsWith("POST invocation/id-1/error "));
        for (CompletableFuture<List<String>> loop : loops.subList(1, 8)) {
            assertEquals(List.of(NEXT, "POST invocation/id-1/response ok"), loop.get(60, TimeUnit.SECONDS));
        }
    }

    @TestFactory
    Stream<DynamicTest> aPrimingCallThatThrowsIsLoggedOnce() {
        return forEachException("exceptions", (kind, make) -> {
            Namespace ns = Namespace.findOrCreate(Symbol.intern("karamon.hostile-priming"));
            Var.intern(ns, Symbol.intern("f"), null).setMeta(RT.map(Keyword.intern("karamon", "prime"), RT.vector(RT.map("nasty", true))));
            List<String> log = new ArrayList<>();
            new Priming("karamon.hostile-priming/f", throwing(make), Map.of(), new LambdaLogger() {
                @Override
                public void log(String text) {
                    log.add(text);
                }

                @Override
                public void log(byte[] text) {
                    log.add(new String(text, StandardCharsets.UTF_8));
                }
            }).run(10, 60_000);
            assertEquals(2, log.size());
            assertTrue(log.get(0).startsWith("WARN karamon.hostile-priming/f: a priming call failed"), log.get(0));
        });
    }

    @TestFactory
    Stream<DynamicTest> aNamespaceThatThrowsIsAnInitErrorWithAMessage(@TempDir Path folder) {
        return forEachException("exceptions", (kind, make) -> {
            String name = "hostile" + kind.replaceAll("[^a-z]", "");
            Files.writeString(folder.resolve(name + ".clj"),
                    "(ns " + name + ")\n(throw ((karamon.test.hostile/exceptions \"" + kind + "\")))");
            ClassLoader before = Thread.currentThread().getContextClassLoader();
            try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()}, before)) {
                Thread.currentThread().setContextClassLoader(loader);
                InitError error = assertThrows(InitError.BrokenNamespace.class, () -> Handlers.load(name + "/f"));
                assertTrue(error.getMessage().startsWith("The namespace " + name + " "), error.getMessage());
                assertTrue(ErrorReport.of(error).json().length < 1_000_000);
            } finally {
                Thread.currentThread().setContextClassLoader(before);
            }
        });
    }
}
