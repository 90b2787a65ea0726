package karamon.etag;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

class ListLineTest {
    private static final String ETAG = "393e928fcf5925fcbd3a06aaf20b2d38-3";

    @Test
    void aListIsReadAsItWasWritten() {
        for (String file : new String[] {"a", " a  b ", "a\\nb", "a\nb\r", "太郎", "*x", "\u001b[2Jx\t\u0085", "\\u0041"}) {
            ListLine line = new ListLine(ETAG, file);
            assertEquals(line, ListLine.parse(line.text()));
        }
    }

    @Test
    void md5sumsLinesForBinaryFilesAreRead() {
        assertEquals(new ListLine(ETAG, "x y"), ListLine.parse(ETAG + " *x y"));
    }

    @Test
    void otherLinesAreRefused() {
        for (String escaped : new String[] {"a\\", "a\\x", "a\\u12"}) {
            assertNull(ListLine.parse("\\" + ETAG + "  " + escaped), escaped);
        }
        for (String text : new String[] {"", "\\", "hello", ETAG, ETAG + " ", ETAG + "  ", ETAG + " x", "  x", "a\\b  x", "a\tb  x"}) {
            assertNull(ListLine.parse(text), text);
        }
    }
}
