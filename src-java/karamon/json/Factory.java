package karamon.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.json.JsonWriteFeature;

/** Jackson's factories, as Karamon sets them. */
final class Factory {
    // Names are anybody's choice: they don't go into the JVM's table of interned strings.
    static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            // Else what lies beyond the first 65,536 characters takes twelve bytes, where UTF-8 has four.
            .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
            .build();

    private Factory() {}

    /** The same with everything outside ASCII escaped: the one form that can carry half a surrogate pair. */
    static final class Ascii {
        static final JsonFactory JSON = JsonFactory.builder()
                .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                .build();

        private Ascii() {}
    }
}
