package karamon;

import karamon.test.ClojureTests;

/** The Clojure tests of the whole: every other namespace. */
class OtherClojureIT extends ClojureTests {
    OtherClojureIT() {
        super(1, 2);
    }
}
