package karamon.runtime;

import java.io.IOException;

/** Thrown when the Runtime API says what makes no sense, or that it can't go on: so the process can't either. */
final class BrokenAnswer extends IOException {
    private static final long serialVersionUID = 1L;

    BrokenAnswer(String message) {
        super(message);
    }
}
