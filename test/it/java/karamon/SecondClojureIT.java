package karamon;

import karamon.test.ClojureTests;

/** The Clojure integration tests: every fourth namespace. More classes than JVMs let these end together. */
class SecondClojureIT extends ClojureTests {
    SecondClojureIT() {
        super(1, 4);
    }
}
