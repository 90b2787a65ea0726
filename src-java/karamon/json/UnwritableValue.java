package karamon.json;

import karamon.text.Shown;

/** Thrown for a value that JSON has no form for; says what the value is and where it is in the data. */
public final class UnwritableValue extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private static final int MAX_PATH = 1000;

    private final String problem;
    private final String path;

    UnwritableValue(String problem) {
        this(problem, "");
    }

    private UnwritableValue(String problem, String path) {
        super(path.isEmpty() ? problem : problem + " (at [" + Shown.cut(path.stripTrailing(), MAX_PATH) + "])");
        this.problem = problem;
        this.path = path;
    }

    UnwritableValue under(Object key) {
        return new UnwritableValue(problem, Shown.cut(key + " " + path, MAX_PATH));
    }
}
