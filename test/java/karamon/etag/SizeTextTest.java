package karamon.etag;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class SizeTextTest {
    private static void parses(long expected, String... texts) {
        for (String text : texts) {
            assertEquals(expected, SizeText.bytes(text), text);
        }
    }

    @Test
    void sizesAreBytesOrHaveAUnit() {
        parses(4, "4", "4b", "4B", "004");
        parses(8 << 20, "8MiB", "8mib", "8388608");
        parses(8_000_000, "8M", "8m", "8MB", "8mb");
        parses(3000, "3k", "3KB");
        parses(3072, "3KiB");
        parses(1_000_000_000, "1g", "1GB");
        parses(Limits.MAX_PART, "5GiB", "5368709120");
    }

    @Test
    void otherTextsAreNoSizes() {
        parses(0, "", "0", "0MiB", "x", "8MX", "8bib", "8i", "8 MiB", "-1", "+1", "1.5", "5368709121", "6GiB", "1234567890123",
                "999999999999GiB", "８");
    }
}
