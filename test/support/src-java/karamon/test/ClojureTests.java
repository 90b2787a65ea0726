package karamon.test;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
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

/**
 * Runs each {@code deftest} of a module as a separate test. {@code -Dns=regex} selects namespaces. Several subclasses share a
 * module's namespaces, so that these run in several JVMs at once.
 */
public abstract class ClojureTests {
    private final int share;
    private final int shares;

    /**
     * Runs one share of the module's namespaces.
     *
     * @param share the index of the share, from 0
     * @param shares the number of shares
     */
    protected ClojureTests(int share, int shares) {
        this.share = share;
        this.shares = shares;
    }

    /**
     * Returns the tests.
     *
     * @return a container for each namespace
     */
    @TestFactory
    protected List<DynamicNode> everyDeftest() {
        RT.var("clojure.core", "require").invoke(Symbol.intern("karamon.test.runner"));
        String pattern = System.getProperty("ns", "");
        Map<?, ?> found = (Map<?, ?>) RT.var("karamon.test.runner", "tests")
                .invoke(System.getProperty("karamon.tests"), pattern, share, shares);
        if (pattern.isEmpty()) {
            assertFalse(found.isEmpty(), "no test namespace found");
        }
        assumeFalse(found.isEmpty(), "-Dns=" + pattern + " selects none of these namespaces");
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
