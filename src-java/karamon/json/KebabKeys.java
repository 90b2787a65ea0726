package karamon.json;

/**
 * AWS's own names as kebab-case keywords ({@code requestTimeEpoch} gives {@code :request-time-epoch}, {@code subjectDN}
 * gives {@code :subject-dn}). Names chosen by people stay as they are.
 */
public final class KebabKeys extends Keys.Cached {
    /** The keys of a request's context. */
    public static final KebabKeys CONTEXT = new KebabKeys();

    private KebabKeys() {}

    @Override
    protected Object make(String name) {
        StringBuilder kebab = new StringBuilder(name.length() + 4);
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (i > 0 && Character.isUpperCase(c) && beginsWord(name, i)) {
                kebab.append('-');
            }
            kebab.append(Character.toLowerCase(c));
        }
        return Keys.keyword(kebab.toString());
    }

    // In a run of capitals, only the last one begins a word, and only if a lower-case letter follows.
    private static boolean beginsWord(String name, int i) {
        char before = name.charAt(i - 1);
        return Character.isLowerCase(before)
                || Character.isDigit(before)
                || Character.isUpperCase(before) && i + 1 < name.length() && Character.isLowerCase(name.charAt(i + 1));
    }

    @Override
    public Keys under(String name) {
        return switch (name) {
            case "authorizer", "claims", "tags" -> Keys.KEYWORDS;
            default -> this;
        };
    }
}
