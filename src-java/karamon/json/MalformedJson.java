package karamon.json;

import com.fasterxml.jackson.core.JsonLocation;

/** Thrown for bytes that aren't JSON, or are JSON beyond the limits of {@link JsonReader}; says what is wrong and where. */
public sealed class MalformedJson extends IllegalArgumentException permits CollidingKeys {
    private static final long serialVersionUID = 1L;

    private final int line;
    private final int column;

    MalformedJson(String problem, JsonLocation at, Throwable cause) {
        super(at == null ? problem : problem + " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")", cause);
        this.line = at == null ? 0 : at.getLineNr();
        this.column = at == null ? 0 : at.getColumnNr();
    }

    /**
     * Returns the line of the error.
     *
     * @return counted from 1; 0 if unknown
     */
    public int line() {
        return line;
    }

    /**
     * Returns the column of the error.
     *
     * @return counted in bytes from 1; 0 if unknown
     */
    public int column() {
        return column;
    }
}
