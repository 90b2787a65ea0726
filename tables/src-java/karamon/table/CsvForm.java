package karamon.table;

import java.io.Serializable;
import java.nio.charset.Charset;

/**
 * The form of a CSV file.
 *
 * @param charset the name of its charset
 * @param delimiter the text between fields, not empty
 * @param quote the character around fields, or {@link #NONE}
 * @param escape the character that takes the special meaning from a quote, and from itself, within quotes; often the quote
 * @param multiLine whether line ends within quotes are part of the field
 */
public record CsvForm(String charset, String delimiter, int quote, int escape, boolean multiLine) implements Serializable {
    /** No character. */
    public static final int NONE = -1;

    /** Returns the charset; throws IllegalArgumentException if this JVM doesn't have it. */
    Charset decodedAs() {
        return Charset.forName(charset);
    }
}
