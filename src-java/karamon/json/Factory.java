package karamon.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.json.JsonWriteFeature;

/** Jackson's factories, with Karamon's settings. */
final class Factory {
    // Clients choose the names, so names don't go into the JVM's table of interned strings.
    static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            // Else a character beyond U+FFFF takes twelve bytes instead of UTF-8's four.
            .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
            .build();

    private Factory() {}

    /** The same, but escapes everything outside ASCII: only so can JSON hold half a surrogate pair. */
    static final class Ascii {
        static final JsonFactory JSON = JsonFactory.builder()
                .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                .build();

        private Ascii() {}
    }
}
