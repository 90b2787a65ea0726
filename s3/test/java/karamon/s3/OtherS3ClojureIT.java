package karamon.s3;

import karamon.test.ClojureTests;

/** The Clojure tests of karamon-s3: every other namespace. */
class OtherS3ClojureIT extends ClojureTests {
    OtherS3ClojureIT() {
        super(1, 2);
    }
}
