package karamon;

import karamon.test.ClojureTests;

/** The library's Clojure tests: every other namespace. */
class OtherClojureTest extends ClojureTests {
    OtherClojureTest() {
        super(1, 2);
    }
}
