package karamon;

import karamon.test.ClojureTests;

/** The Clojure integration tests: every fourth namespace. More classes than JVMs let these end together. */
class ThirdClojureIT extends ClojureTests {
    ThirdClojureIT() {
        super(2, 4);
    }
}
