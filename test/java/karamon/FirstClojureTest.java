package karamon;

import karamon.test.ClojureTests;

/** The library's Clojure tests: every fourth namespace. */
class FirstClojureTest extends ClojureTests {
    FirstClojureTest() {
        super(0, 4);
    }
}
