package karamon;

import karamon.test.ClojureTests;

/** The library's Clojure tests: every fourth namespace. */
class ThirdClojureTest extends ClojureTests {
    ThirdClojureTest() {
        super(2, 4);
    }
}
