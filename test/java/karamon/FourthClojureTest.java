package karamon;

import karamon.test.ClojureTests;

/** The library's Clojure tests: every fourth namespace. */
class FourthClojureTest extends ClojureTests {
    FourthClojureTest() {
        super(3, 4);
    }
}
