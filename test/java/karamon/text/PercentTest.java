package karamon.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import org.junit.jupiter.api.Test;

class PercentTest {

    @Test
    void decodingNeverFails() {
        assertEquals("a b+", Percent.decode("a%20b+", false));
        assertEquals("a b ", Percent.decode("a%20b+", true));
        assertEquals("é😀", Percent.decode("%c3%A9%F0%9f%98%80", false));
        for (String odd : new String[] {"", "%", "%4", "%zz", "%ff", "%c3", "%ed%a0%80", "%２0", "%%", "a%"}) {
            assertEquals(odd, Percent.decode(odd, true), odd);
        }
        // Valid escapes next to one that isn't UTF-8 are still decoded.
        assertEquals("%c3(", Percent.decode("%c3%28", true));
        assertEquals(" %FFA", Percent.decode("%20%FF%41", true));
        assertEquals("%%A", Percent.decode("%%%41", false).replace("%41", "x"));
    }

    @Test
    void encodingKeepsOnlyUnreservedCharacters() {
        assertEquals("aZ09-._~%20%2F%25%2B%26%C3%A9%F0%9F%98%80", Percent.encode("aZ09-._~ /%+&é😀"));
        assertEquals("%3F", Percent.encode("\ud800"));
    }

    @Test
    void pathsKeepTheirEscapes() {
        assertEquals("/a%20b%2F%25zz%3F", Percent.encodePath("/a b%2F%zz?"));
    }

    @Test
    void theNearestNameIsSuggested() {
        assertEquals("hello", Nearest.to("helo", List.of("echo", "hello")));
        assertEquals("headers", Nearest.to("header", List.of("status", "headers")));
        assertEquals("hello", Nearest.to("HELLO", List.of("hello")));
        assertNull(Nearest.to("zzzzzz", List.of("echo", "hello")));
        assertNull(Nearest.to("a", List.of()));
        assertEquals(" Did you mean hello?", Nearest.hint("ehllo", List.of("hello")));
        assertEquals("", Nearest.hint("zzzzzz", List.of("hello")));
    }
}
