package karamon.dev;

import karamon.test.ClojureTests;

/** The Clojure tests of karamon-dev: every other namespace. */
class OtherDevClojureIT extends ClojureTests {
    OtherDevClojureIT() {
        super(1, 2);
    }
}
