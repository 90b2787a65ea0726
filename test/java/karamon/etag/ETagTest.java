package karamon.etag;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class ETagTest {
    private static final String MD5 = "9b2cf535f27731c974343645a3985328";
    // Of no bytes (RFC 1321, appendix A.5).
    private static final byte[] EMPTY = HexFormat.of().parseHex("d41d8cd98f00b204e9800998ecf8427e");

    @Test
    void allFormsOfAnETagAreEqual() {
        for (String form : List.of(MD5, '"' + MD5 + '"', "W/\"" + MD5 + '"', MD5.toUpperCase(), " \"" + MD5 + "\" ")) {
            ETag etag = ETag.parse(form);
            assertEquals(new ETag(MD5), etag, form);
            assertEquals(MD5, etag.md5());
            assertEquals(0, etag.parts());
            assertEquals('"' + MD5 + '"', etag.toString());
        }
        assertNotEquals(ETag.parse(MD5), ETag.parse(MD5 + "-1"));
    }

    @Test
    void aMultipartETagHasPartsAndNoMd5() {
        ETag etag = ETag.parse('"' + MD5.toUpperCase() + "-10000\"");
        assertEquals(MD5 + "-10000", etag.text());
        assertEquals(10_000, etag.parts());
        assertNull(etag.md5());
    }

    @Test
    void otherETagsStayUnchanged() {
        for (String odd : List.of(MD5 + "-0", MD5 + "-01", MD5 + "-10001", MD5 + "-99999", MD5 + "-", MD5 + "-1x", MD5.substring(1), MD5 + "0",
                "G" + MD5.substring(1), "BdM1MiX0", "a'b")) {
            ETag etag = ETag.parse('"' + odd + '"');
            assertEquals(odd, etag.text());
            assertNull(etag.md5(), odd);
            assertEquals(0, etag.parts(), odd);
        }
    }

    @Test
    void textsThatAreNotETagsAreErrors() {
        for (String bad : List.of("", " ", "\"", "\"\"", '"' + MD5, MD5 + '"', "a b", "a\"b", "\"a\nb\"", "é", "w/\"" + MD5 + '"')) {
            String message = assertThrows(IllegalArgumentException.class, () -> ETag.parse(bad), bad).getMessage();
            assertTrue(message.endsWith(bad.isEmpty() ? "found an empty text" : "found " + bad), message);
        }
    }

    @Test
    void theETagOfPartsIsTheMd5OfTheirMd5s() {
        assertEquals("d41d8cd98f00b204e9800998ecf8427e", ETag.of(EMPTY).text());
        // md5 of the 16 bytes above, by coreutils' md5sum.
        assertEquals("59adb24ef3cdbe0297f05b395827453f-1", ETag.ofParts(List.of(EMPTY)).text());
        assertEquals(10_000, ETag.ofParts(Collections.nCopies(10_000, EMPTY)).parts());
        assertThrows(IllegalArgumentException.class, () -> ETag.ofParts(List.of()));
        assertThrows(IllegalArgumentException.class, () -> ETag.ofParts(Collections.nCopies(10_001, EMPTY)));
        assertThrows(IllegalArgumentException.class, () -> ETag.ofParts(List.of(new byte[15])));
    }

    @Test
    void md5OfAndPartsOfAcceptAnyText() {
        assertEquals(MD5, ETag.md5Of(MD5.toUpperCase()));
        assertNull(ETag.md5Of(MD5 + "-1"));
        assertEquals(10_000, ETag.partsOf(MD5 + "-10000"));
        for (String none : new String[] {null, "", "two words", MD5, MD5 + "-0", MD5 + "-10001", MD5 + "-2x"}) {
            assertEquals(0, ETag.partsOf(none), none);
        }
    }
}
