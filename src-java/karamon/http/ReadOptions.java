package karamon.http;

/**
 * What a handler asks of the marshalling of its events.
 *
 * @param basePath taken off the front of {@code :path}, at a segment's boundary; begins with {@code /} and doesn't end
 *     with one; null for none
 * @param source the source to take every event for; null to tell it from the event
 * @param raw whether the request map holds the whole event under {@code :raw}
 * @param lazyBody whether {@code :body} is a {@link RequestBody}, also where there is no body
 */
public record ReadOptions(String basePath, Source source, boolean raw, boolean lazyBody) {
    /** Nothing asked for. */
    public static final ReadOptions NONE = new ReadOptions(null, null, false);

    /**
     * Options of a handler that takes its body as a string or bytes.
     *
     * @param basePath as told above
     * @param source as told above
     * @param raw as told above
     */
    public ReadOptions(String basePath, Source source, boolean raw) {
        this(basePath, source, raw, false);
    }
}
