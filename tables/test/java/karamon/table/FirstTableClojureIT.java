package karamon.table;

import karamon.test.ClojureTests;

/** The Clojure tests of karamon-table: every third namespace. Two JVMs run these, and each has one session for all it runs. */
class FirstTableClojureIT extends ClojureTests {
    FirstTableClojureIT() {
        super(0, 3);
    }
}
