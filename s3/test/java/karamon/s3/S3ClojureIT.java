package karamon.s3;

import karamon.test.ClojureTests;

/** The Clojure tests of karamon-s3: every other namespace. */
class S3ClojureIT extends ClojureTests {
    S3ClojureIT() {
        super(0, 2);
    }
}
