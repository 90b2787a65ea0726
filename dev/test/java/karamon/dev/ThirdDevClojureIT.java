package karamon.dev;

import karamon.test.ClojureTests;

/** The Clojure tests of karamon-dev: every fourth namespace. More classes than JVMs let these end together. */
class ThirdDevClojureIT extends ClojureTests {
    ThirdDevClojureIT() {
        super(2, 4);
    }
}
