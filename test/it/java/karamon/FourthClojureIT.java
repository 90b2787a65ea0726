package karamon;

import karamon.test.ClojureTests;

/** The Clojure integration tests: every fourth namespace. More classes than JVMs let these end together. */
class FourthClojureIT extends ClojureTests {
    FourthClojureIT() {
        super(3, 4);
    }
}
