package karamon.s3;

import karamon.test.ClojureTests;

/** The Clojure tests of karamon-s3: every fourth namespace. More classes than JVMs let these end together. */
class FirstS3ClojureIT extends ClojureTests {
    FirstS3ClojureIT() {
        super(0, 4);
    }
}
