package karamon;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests the answers of a generated project's functions on the managed runtime. */
@Tag("any-jdk")
class NewProjectRuntimeIT extends InRuntime {

    @Override
    FunctionPackage functionPackage() {
        return NewProject.named("my.dotted-app").functionPackage();
    }

    private void assertBody(String expected, String handler) throws Exception {
        RuntimeProcess runtime = start(handler);
        Map<?, ?> reply = (Map<?, ?>) json(runtime.await(api.send(event("rest-echo"))));
        assertEquals(200L, ((Number) reply.get("statusCode")).longValue());
        assertEquals(expected, reply.get("body"));
    }

    @Test
    void itsHandlersAnswer() throws Exception {
        assertBody("{\"hello\":\"José & co\"}", "my.dotted-app.core/hello");
    }

    @Test
    void theyFindTheirFiles() throws Exception {
        assertBody("<p>hoge</p>\n", "my.dotted-app.besides/page");
    }

    @Test
    void theyFindTheFilesInResources() throws Exception {
        assertBody("hello\n", "my.dotted-app.besides/greeting");
    }

    // The runtime has no locale, as on Lambda: Java then opens no file whose name isn't ASCII, and reads no such variable.
    @Test
    void aHandlersNameMayHaveAnyLetters() throws Exception {
        assertBody("größe✨", "my.dotted-app.besides/größe✨");
    }

    @Test
    void theyFindTheirDataReadersAndJava() throws Exception {
        assertBody("HOGE", "my.dotted-app.besides/read-tagged");
    }
}
