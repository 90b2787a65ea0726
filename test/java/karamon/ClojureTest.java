package karamon;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import clojure.lang.IFn;
import clojure.lang.RT;
import clojure.lang.Symbol;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/** Runs each {@code deftest} under test/clj as a test of its own. {@code -Dns=regex} picks namespaces. */
class ClojureTest {

    @TestFactory
    List<DynamicNode> everyDeftest() {
        RT.var("clojure.core", "require").invoke(Symbol.intern("karamon.test-runner"));
        Map<?, ?> found = (Map<?, ?>) RT.var("karamon.test-runner", "tests").invoke(System.getProperty("ns", ""));
        assertFalse(found.isEmpty(), "no test namespace found");
        List<DynamicNode> containers = new ArrayList<>();
        for (Map.Entry<?, ?> namespace : found.entrySet()) {
            List<DynamicNode> tests = new ArrayList<>();
            for (Object item : (List<?>) namespace.getValue()) {
                Map<?, ?> test = (Map<?, ?>) item;
                tests.add(dynamicTest((String) test.get("name"), () -> ((IFn) test.get("run")).invoke()));
            }
            containers.add(dynamicContainer((String) namespace.getKey(), tests));
        }
        return containers;
    }
}
