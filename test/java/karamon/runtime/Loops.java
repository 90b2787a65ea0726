package karamon.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import karamon.test.Scripted;
import karamon.test.Scripted.Turn;

/** Loops over a scripted Runtime API. */
final class Loops {
    /** The request for the next invocation. */
    static final String NEXT = "GET invocation/next ";

    private Loops() {}

    static Loop loop(Handler handler, String address) {
        return new Loop(handler, new RuntimeCalls(RuntimeAddress.of(address)), FunctionSettings.of(Map.of()), true);
    }

    /** Runs the loop until it ends, and returns the requests except the last, which ended it. */
    static List<String> requests(Handler handler, Turn... turns) throws IOException {
        try (Scripted api = new Scripted(turns)) {
            BrokenAnswer end = assertThrows(BrokenAnswer.class, () -> loop(handler, api.address()).run());
            assertEquals("The Runtime API has no next invocation: 500 end", end.getMessage());
            return api.requests().subList(0, api.requests().size() - 1);
        }
    }
}
