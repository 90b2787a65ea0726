package karamon.table;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Reads the records of a CSV file as RFC 4180 has them, without repairing any. A record that isn't of that form has a
 * {@link #problem}; the next one then begins with the next line. Line ends are CRLF, LF and CR; within quotes they stay as they
 * are. Not safe for use by several threads.
 */
public final class CsvReader implements Closeable {
    /** The most characters of a record, which must fit into memory. */
    static final int MAX_CHARS = 1 << 24;

    /** Thrown when nobody knows where the next record begins. */
    public static final class Broken extends IOException {
        private static final long serialVersionUID = 1L;

        Broken(String message) {
            super(message);
        }
    }

    private static final int END = -1;
    private static final String AFTER_QUOTES = "text after the quotes of the field ";

    private final CsvForm form;
    private final CsvChars in;
    private final String delimiter;
    private final char last;
    private final StringBuilder text = new StringBuilder();

    private int[] ends = new int[16];
    private boolean[] quoted = new boolean[16];
    private int size;
    private long line;
    private long nextLine = 1;
    private String problem;

    /** Reads a file whose first record isn't yet read. */
    public CsvReader(InputStream in, CsvForm form) {
        this.form = form;
        this.in = new CsvChars(in, form.decodedAs());
        this.delimiter = form.delimiter();
        this.last = delimiter.charAt(delimiter.length() - 1);
    }

    /** Returns the line where the record begins, from 1. */
    public long line() {
        return line;
    }

    /** Returns the number of fields of the record. */
    public int size() {
        return size;
    }

    /** Returns a field of the record, without its quotes. */
    public String field(int i) {
        return text.substring(i == 0 ? 0 : ends[i - 1], ends[i]);
    }

    /** Returns whether a field of the record has quotes. */
    public boolean quoted(int i) {
        return quoted[i];
    }

    /** Returns whether the record is a line without a character. */
    public boolean blank() {
        return size == 1 && ends[0] == 0 && !quoted[0] && problem == null;
    }

    /** Returns what is wrong with the record, or null. */
    public String problem() {
        return problem;
    }

    /**
     * Reads the next record; returns whether there was one. Throws IOException if the file can't be read, and {@link Broken}
     * if it ends within quotes, or the record is too long.
     */
    public boolean next() throws IOException {
        line = nextLine;
        text.setLength(0);
        size = 0;
        problem = null;
        if (in.peek() == END) {
            return false;
        }
        boolean more = true;
        while (more) {
            more = field();
        }
        String bytes = in.problem();
        problem = bytes == null ? problem : bytes;
        return true;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    // Reads a field and the delimiter or line end after it. Returns whether it was a delimiter.
    private boolean field() throws IOException {
        int start = text.length();
        if (form.quote() != CsvForm.NONE && in.peek() == form.quote()) {
            in.read();
            return quotedText() && afterQuotes();
        }
        for (int c = in.read(); !lineEnds(c); c = in.read()) {
            if (c == form.quote()) {
                return skipLine("a quote within the field " + (size + 1) + ", which doesn't begin with one");
            }
            append(c);
            if (c == last && endsWithDelimiter(start)) {
                text.setLength(text.length() - delimiter.length());
                end(false);
                return true;
            }
        }
        end(false);
        return false;
    }

    // Reads up to the quote that ends a field. Returns false if the line ends before it, and fields have only one line.
    private boolean quotedText() throws IOException {
        while (true) {
            int c = in.read();
            if (c == END || isBreak(c) && !form.multiLine()) {
                if (form.multiLine()) {
                    throw new Broken("the quotes of the field " + (size + 1) + " have no end");
                }
                problem = "the line ends within the quotes of the field " + (size + 1);
                lineEnds(c);
                return false;
            } else if (c == form.escape() && (in.peek() == form.quote() || c != form.quote() && in.peek() == c)) {
                append(in.read());
            } else if (c == form.quote()) {
                return true;
            } else {
                append(c);
                if (c == '\r' && in.peek() == '\n') {
                    append(in.read());
                }
                nextLine += isBreak(c) ? 1 : 0;
            }
        }
    }

    private boolean afterQuotes() throws IOException {
        int c = in.read();
        if (lineEnds(c)) {
            end(true);
            return false;
        }
        for (int i = 0; i < delimiter.length(); i++, c = i < delimiter.length() ? in.read() : c) {
            if (c != delimiter.charAt(i)) {
                return lineEnds(c) ? wrong(AFTER_QUOTES + (size + 1)) : skipLine(AFTER_QUOTES + (size + 1));
            }
        }
        end(true);
        return true;
    }

    private boolean endsWithDelimiter(int start) {
        int from = text.length() - delimiter.length();
        return from >= start && (delimiter.length() == 1 || text.indexOf(delimiter, from) == from);
    }

    private void append(int c) throws IOException {
        if (text.length() >= MAX_CHARS) {
            throw new Broken("a record of more than " + MAX_CHARS + " characters: are quotes missing?");
        }
        text.append((char) c);
    }

    private void end(boolean inQuotes) {
        if (size == ends.length) {
            ends = Arrays.copyOf(ends, 2 * size);
            quoted = Arrays.copyOf(quoted, 2 * size);
        }
        ends[size] = text.length();
        quoted[size++] = inQuotes;
    }

    private boolean wrong(String what) {
        problem = what;
        return false;
    }

    private boolean skipLine(String what) throws IOException {
        while (!lineEnds(in.read())) {
            // Nothing of the line is used.
        }
        return wrong(what);
    }

    private static boolean isBreak(int c) {
        return c == '\n' || c == '\r';
    }

    // Returns whether a line ends with a character that was read, and reads the rest of the line end.
    private boolean lineEnds(int c) throws IOException {
        if (c == '\r' && in.peek() == '\n') {
            in.read();
        }
        nextLine += isBreak(c) ? 1 : 0;
        return c == END || isBreak(c);
    }
}
