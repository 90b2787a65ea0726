package karamon;

import karamon.test.ClojureTests;

/** The library's Clojure tests: every fourth namespace. */
class SecondClojureTest extends ClojureTests {
    SecondClojureTest() {
        super(1, 4);
    }
}
