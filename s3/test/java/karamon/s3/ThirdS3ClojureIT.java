package karamon.s3;

import karamon.test.ClojureTests;

/** The Clojure tests of karamon-s3: every fourth namespace. More classes than JVMs let these end together. */
class ThirdS3ClojureIT extends ClojureTests {
    ThirdS3ClojureIT() {
        super(2, 4);
    }
}
