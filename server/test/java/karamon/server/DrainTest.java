package karamon.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The end of a server: what clients notice of it. */
class DrainTest {
    private static final String ROUTES = """
            {"routes": [
              {"path": "/show", "handler": "shop.handlers/show"},
              {"path": "/slow", "handler": "shop.handlers/slow"}]}""";

    @Test
    void drainingSaysGoawayToClientsOfHttp2() throws Exception {
        try (Served own = new Served(ROUTES, "KARAMON_DRAIN_DELAY", "0", "KARAMON_DRAIN_TIMEOUT", "5"); Socket socket = own.connect()) {
            var out = socket.getOutputStream();
            out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            out.write(new byte[] {0, 0, 0, 4, 0, 0, 0, 0, 0});
            out.write(new byte[] {0, 0, 6, 1, 5, 0, 0, 0, 1, (byte) 0x82, (byte) 0x86, (byte) 0x84, 0x41, 1, 'x'});
            var in = new DataInputStream(socket.getInputStream());
            List<Integer> types = new ArrayList<>();
            boolean draining = false;
            for (int length = in.read(); length >= 0; length = in.read()) {
                int size = length << 16 | in.readUnsignedShort();
                types.add(in.readUnsignedByte());
                in.skipNBytes(5 + size);
                if (!draining && types.contains(1)) {
                    draining = true;
                    CompletableFuture.runAsync(own.server::drain);
                }
            }
            assertTrue(types.contains(1) && types.contains(7), types.toString());
        }
    }

    @Test
    void drainingLosesNoRequest() throws Exception {
        try (Served own = new Served(ROUTES, "KARAMON_DRAIN_DELAY", "1", "KARAMON_DRAIN_TIMEOUT", "5")) {
            CompletableFuture<HttpResponse<String>> last = Served.CLIENT.sendAsync(
                    HttpRequest.newBuilder(own.uri("/slow?ms=1500")).build(), HttpResponse.BodyHandlers.ofString());
            own.get("/show");
            CompletableFuture<Void> drain = CompletableFuture.runAsync(own.server::drain);
            while (own.managed("/readyz").statusCode() == 200) {
                Thread.onSpinWait();
            }
            HttpResponse<String> during = own.get("/show");
            assertEquals(200, during.statusCode());
            assertEquals("close", during.headers().firstValue("connection").orElse(""));
            assertEquals("slept", last.get().body());
            drain.get(10, TimeUnit.SECONDS);
        }
    }
}
