package karamon.s3;

import karamon.test.ClojureTests;

/** The Clojure tests of karamon-s3: every fourth namespace. More classes than JVMs let these end together. */
class FourthS3ClojureIT extends ClojureTests {
    FourthS3ClojureIT() {
        super(3, 4);
    }
}
