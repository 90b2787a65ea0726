package karamon.data;

/** The brackets of a collection's text. */
enum Shape {
    VECTOR('[', ']'),
    LIST('(', ')'),
    MAP('{', '}'),
    SET('<', '>');

    final char start;
    final char end;

    Shape(char start, char end) {
        this.start = start;
        this.end = end;
    }

    /** Returns the shape whose text starts with a character; null if there is none. */
    static Shape startingWith(char c) {
        return switch (c) {
            case '[' -> VECTOR;
            case '(' -> LIST;
            case '{' -> MAP;
            case '<' -> SET;
            default -> null;
        };
    }
}
