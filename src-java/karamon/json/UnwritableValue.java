package karamon.json;

/** Thrown for a value that JSON has no form for; says what the value is and where it is in the data. */
public final class UnwritableValue extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final String problem;
    private final String path;

    UnwritableValue(String problem) {
        this(problem, "");
    }

    private UnwritableValue(String problem, String path) {
        super(path.isEmpty() ? problem : problem + " (at [" + path.stripTrailing() + "])");
        this.problem = problem;
        this.path = path;
    }

    UnwritableValue under(Object key) {
        return new UnwritableValue(problem, key + " " + path);
    }
}
