package karamon.dev;

import karamon.test.ClojureTests;

/** The Clojure tests of karamon-dev. */
class DevClojureIT extends ClojureTests {
    DevClojureIT() {
        super(0, 1);
    }
}
