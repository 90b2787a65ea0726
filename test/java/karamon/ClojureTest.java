package karamon;

import karamon.test.ClojureTests;

/** The library's Clojure tests: every other namespace. */
class ClojureTest extends ClojureTests {
    ClojureTest() {
        super(0, 2);
    }
}
