package karamon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests a function package that {@code karamon package} made of a project with deps.edn: test/it/projects/tools-deps. */
@Tag("any-jdk")
class PackagedByToolsIT extends InRuntime {

    @Override
    FunctionPackage functionPackage() {
        return new FunctionPackage(Path.of(System.getProperty("karamon.new-projects")).resolveSibling("tools-deps/app/deps.zip"));
    }

    // Without a locale, as on Lambda.
    @Test
    void itsHandlerAnswers() throws Exception {
        RuntimeProcess runtime = start("app.core/größe✨");
        Map<?, ?> reply = (Map<?, ?>) json(runtime.await(api.send(event("rest-echo"))));
        assertEquals("HELLO", reply.get("body"));
    }

    @Test
    void itsHandlerAnswersOnOurOwnRuntime() throws Exception {
        assertAnswers("_HANDLER=app.core/größe✨", "");
    }

    // As an image's command is.
    @Test
    void itsHandlerMayBeTheFirstArgument() throws Exception {
        assertAnswers("", "app.core/größe✨");
    }

    private void assertAnswers(String variable, String argument) throws Exception {
        String java = Jdk.running().java() + " -cp '" + taskRoot() + ":" + taskRoot().resolve("lib") + "/*' karamon.runtime.Bootstrap ";
        RuntimeProcess runtime = ended(RuntimeProcess.shell(api, taskRoot(), "env " + variable + " " + java + argument));
        assertFalse(runtime.await(api.send(event("rest-echo"))).error());
    }
}
