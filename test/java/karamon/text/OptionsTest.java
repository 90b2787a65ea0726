package karamon.text;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import clojure.lang.AFn;
import clojure.lang.ExceptionInfo;
import clojure.lang.IFn;
import clojure.lang.Keyword;
import clojure.lang.RT;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class OptionsTest {
    private static final Keyword TYPE = keyword("wrong");
    private static final IFn IS_LONG = new AFn() {
        @Override
        public Object invoke(Object value) {
            return value instanceof Long;
        }
    };
    private static final Object KNOWN = RT.map(
            keyword("threads"), RT.vector("a number", IS_LONG),
            keyword("password"), RT.vector("a number", IS_LONG, keyword("secret")));

    private static Keyword keyword(String name) {
        return Keyword.intern(name);
    }

    private static void check(Object... options) {
        Options.check(RT.map(options), KNOWN, "a pool", TYPE);
    }

    private static void assertError(String message, Object data, Executable check) {
        ExceptionInfo e = assertThrows(ExceptionInfo.class, check);
        assertEquals(message, e.getMessage());
        assertEquals(data, e.getData());
    }

    @Test
    void knownOptionsWithValidValuesPass() {
        assertDoesNotThrow(() -> check(keyword("threads"), 1L, keyword("password"), 2L));
        assertDoesNotThrow(() -> Options.check(null, KNOWN, "a pool", TYPE));
        assertDoesNotThrow(() -> Options.check(RT.map(keyword("a"), null), RT.set(keyword("a")), "a pool", TYPE));
    }

    @Test
    void theErrorForAnUnknownKeyNamesTheKnownAndTheNearest() {
        assertError("No option :thread for a pool: there are :password, :threads. Did you mean :threads?",
                RT.map(keyword("type"), TYPE, keyword("option"), keyword("thread")), () -> check(keyword("thread"), 1L));
        assertError("No option \"x\" for a pool: there is only :a.", RT.map(keyword("type"), TYPE, keyword("key"), "x"),
                () -> Options.check(RT.map("x", 1L), RT.set(keyword("a")), "a pool", TYPE, keyword("key")));
        assertError("No option nil for a pool: there are :password, :threads.",
                RT.map(keyword("type"), TYPE, keyword("option"), null), () -> check(null, 1L));
    }

    @Test
    void theErrorForAWrongValueShowsItAndTheExpected() {
        assertError("The option :threads must be a number, found \"4\"",
                RT.map(keyword("type"), TYPE, keyword("option"), keyword("threads"), keyword("value"), "4"),
                () -> check(keyword("threads"), "4"));
    }

    @Test
    void secretsAreNotInErrors() {
        assertError("The option :password must be a number", RT.map(keyword("type"), TYPE, keyword("option"), keyword("password")),
                () -> check(keyword("password"), "hunter2"));
    }

    @Test
    void optionsMustBeAMap() {
        assertError("The options for a pool must be a map, found [:threads 4]", RT.map(keyword("type"), TYPE),
                () -> Options.check(RT.vector(keyword("threads"), 4L), KNOWN, "a pool", TYPE));
    }

    @Test
    void theErrorForAMissingOptionDescribesIt() {
        Object needed = RT.vector(keyword("threads"));
        assertDoesNotThrow(() -> Options.need(RT.map(keyword("threads"), 1L), KNOWN, needed, TYPE));
        assertError("The option :threads is missing: it must be a number",
                RT.map(keyword("type"), TYPE, keyword("option"), keyword("threads")),
                () -> Options.need(RT.map(keyword("threads"), null), KNOWN, needed, TYPE));
    }

    @Test
    void theErrorForAnUnknownNameIsLikeThatForAKey() {
        Object known = RT.vector(keyword("warn"), keyword("info"));
        assertEquals("No level :warning: there are :info, :warn. Did you mean :warn?", Options.unknown("level", keyword("warning"), known));
        assertEquals("No level nil for a log: there are :info, :warn.", Options.unknown("level", null, "a log", known));
    }
}
