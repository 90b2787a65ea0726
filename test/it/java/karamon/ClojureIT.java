package karamon;

import karamon.test.ClojureTests;

/** The Clojure tests of the whole: every other namespace. */
class ClojureIT extends ClojureTests {
    ClojureIT() {
        super(0, 2);
    }
}
