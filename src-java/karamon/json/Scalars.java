package karamon.json;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Path;
import java.time.temporal.TemporalAccessor;
import java.util.Date;
import java.util.UUID;

/** Writes single values that only Java has. */
final class Scalars {
    private Scalars() {}

    /** Writes a value, or throws {@link UnwritableValue} if it has no form in JSON. */
    static void write(Object value, JsonGenerator out) throws IOException {
        if (value instanceof byte[] bytes) {
            out.writeBinary(bytes);
        } else if (value instanceof Date date) {
            out.writeString(java.time.Instant.ofEpochMilli(date.getTime()).toString());
        } else if (value instanceof UUID || value instanceof TemporalAccessor) {
            out.writeString(value.toString());
        } else if (value instanceof URI || value instanceof URL || value instanceof Path) {
            if (namesFile(value)) {
                throw new UnwritableValue("JSON has no form for a " + value.getClass().getName()
                        + " of a file: send the file's content as the body, or the name with str");
            }
            out.writeString(value.toString());
        } else {
            throw new UnwritableValue("JSON has no form for a " + value.getClass().getName());
        }
    }

    // Clients have no use for the places of this machine's files, and shouldn't learn them.
    private static boolean namesFile(Object value) {
        String text = value.toString();
        return value instanceof Path path ? path.isAbsolute() : startsWith(text, "file:") || startsWith(text, "jar:");
    }

    private static boolean startsWith(String text, String scheme) {
        return text.regionMatches(true, 0, scheme, 0, scheme.length());
    }
}
