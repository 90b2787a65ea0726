package karamon.s3;

import karamon.test.ClojureTests;

/** The Clojure tests of karamon-s3: every fourth namespace. More classes than JVMs let these end together. */
class SecondS3ClojureIT extends ClojureTests {
    SecondS3ClojureIT() {
        super(1, 4);
    }
}
