package karamon.http;

/**
 * What a handler asks of the marshalling of its events.
 *
 * @param basePath taken off the front of {@code :path}, at a segment's boundary; begins with {@code /} and doesn't end
 *     with one; null for none
 * @param source the source to take every event for; null to tell it from the event
 * @param raw whether the request map holds the whole event under {@code :raw}
 */
public record ReadOptions(String basePath, Source source, boolean raw) {
    /** Nothing asked for. */
    public static final ReadOptions NONE = new ReadOptions(null, null, false);
}
