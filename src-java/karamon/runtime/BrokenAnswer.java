package karamon.runtime;

import java.io.IOException;

/** Thrown when the Runtime API sends an invalid answer or reports a failure of its own: the process can't continue. */
final class BrokenAnswer extends IOException {
    private static final long serialVersionUID = 1L;

    BrokenAnswer(String message) {
        super(message);
    }
}
