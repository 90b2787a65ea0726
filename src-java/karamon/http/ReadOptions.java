package karamon.http;

/**
 * A handler's options for reading events.
 *
 * @param basePath a prefix to remove from {@code :path}, in whole segments; begins with {@code /} and doesn't end with one; null
 *     for none
 * @param source the source of every event; null to detect it from each event
 * @param raw whether the request map has the whole event under {@code :raw}
 * @param lazyBody whether {@code :body} is a {@link RequestBody}, even if there is no body
 * @param exact whether fractions are read as {@code BigDecimal}, in JSON bodies too
 */
public record ReadOptions(String basePath, Source source, boolean raw, boolean lazyBody, boolean exact) {
    /** The default options. */
    public static final ReadOptions NONE = new ReadOptions(null, null, false);

    /**
     * Makes options for a handler that takes the body as a string or bytes.
     *
     * @param basePath as above
     * @param source as above
     * @param raw as above
     */
    public ReadOptions(String basePath, Source source, boolean raw) {
        this(basePath, source, raw, false, false);
    }
}
