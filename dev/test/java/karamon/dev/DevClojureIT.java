package karamon.dev;

import karamon.test.ClojureTests;

/** The Clojure tests of karamon-dev: every other namespace. */
class DevClojureIT extends ClojureTests {
    DevClojureIT() {
        super(0, 2);
    }
}
