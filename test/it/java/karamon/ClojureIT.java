package karamon;

import karamon.test.ClojureTests;

/** The Clojure integration tests: every other namespace. */
class ClojureIT extends ClojureTests {
    ClojureIT() {
        super(0, 2);
    }
}
