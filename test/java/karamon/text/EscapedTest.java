package karamon.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

class EscapedTest {

    @Test
    void aNameIsEscapedAsByMd5sum() {
        assertEquals("a\\nb\\r\\\\c", Escaped.name("a\nb\r\\c"));
        assertEquals("\\u001b[2Jx\\u0000\\u0009\\u007f\\u0085\\u2028\\u202e", Escaped.name("\u001b[2Jx\0\t\u007f\u0085\u2028\u202e"));
    }

    @Test
    void aUsualNameStays() {
        for (String name : new String[] {"", "a b", "é太郎😀", "$(x) 'y' \"z\" %s", "\ud800"}) {
            assertSame(name, Escaped.name(name));
        }
    }

    @Test
    void textsKeepTheirBackslashesAndOnlyTextsTheirLines() {
        assertEquals("C:\\x\\n\\u0009\\u001b", Escaped.line("C:\\x\n\t\u001b"));
        assertEquals("C:\\x\n\t\\u001b\\r", Escaped.text("C:\\x\n\t\u001b\r"));
    }

    @Test
    void everyEscapedNameIsReadAgain() {
        StringBuilder all = new StringBuilder();
        for (char c = 0; c < 0x2100; c++) {
            all.append(c);
        }
        String escaped = Escaped.name(all.toString());
        assertFalse(escaped.chars().anyMatch(Character::isISOControl));
        assertEquals(all.toString(), Escaped.read(escaped));
    }

    @Test
    void anInvalidEscapeIsNull() {
        for (String text : new String[] {"\\", "a\\", "\\x", "\\u", "\\u12", "\\u12x4", "\\u00 1", "\\U0041", "\\t"}) {
            assertNull(Escaped.read(text), text);
        }
    }
}
