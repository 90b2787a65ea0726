package karamon;

import karamon.test.ClojureTests;

/** The Clojure integration tests: every fourth namespace. The classes that run early, by their names, have the slow ones. */
class FourthClojureIT extends ClojureTests {
    FourthClojureIT() {
        super(1, 4);
    }
}
