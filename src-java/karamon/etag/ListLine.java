package karamon.etag;

import karamon.text.Escaped;

/**
 * A line of a list of ETags: the ETag, two spaces and the file's name, in the format of md5sum. A name may have any characters,
 * so they are escaped; a line with an escaped name begins with a backslash.
 *
 * @param etag the ETag as written
 * @param file the file's name
 */
record ListLine(String etag, String file) {
    /** Returns the line of a list. */
    String text() {
        return line(etag + "  ", file, "");
    }

    /** Returns a line that contains a name. */
    static String line(String before, String name, String after) {
        String escaped = Escaped.name(name);
        return (escaped.equals(name) ? "" : "\\") + before + escaped + after;
    }

    /** Parses a line; returns null if it isn't one. The second space may be md5sum's asterisk for binary files. */
    static ListLine parse(String text) {
        int start = text.startsWith("\\") ? 1 : 0;
        int end = start;
        while (end < text.length() && text.charAt(end) > ' ' && text.charAt(end) != '\\') {
            end++;
        }
        if (end == start || text.length() < end + 3 || text.charAt(end) != ' ' || " *".indexOf(text.charAt(end + 1)) < 0) {
            return null;
        }
        String written = text.substring(end + 2);
        String file = start == 0 ? written : Escaped.read(written);
        return file == null ? null : new ListLine(text.substring(start, end), file);
    }
}
