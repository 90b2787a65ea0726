package karamon;

import karamon.test.ClojureTests;

/** The Clojure integration tests: every fourth namespace. More classes than JVMs let these end together. */
class FirstClojureIT extends ClojureTests {
    FirstClojureIT() {
        super(0, 4);
    }
}
