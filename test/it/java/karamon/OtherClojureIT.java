package karamon;

import karamon.test.ClojureTests;

/** The Clojure integration tests: every other namespace. */
class OtherClojureIT extends ClojureTests {
    OtherClojureIT() {
        super(1, 2);
    }
}
