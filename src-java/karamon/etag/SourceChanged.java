package karamon.etag;

import java.io.IOException;

/** Thrown when a file shrank, grew or was written to while it was hashed, so that its ETag can't be computed. */
public final class SourceChanged extends IOException {
    private static final long serialVersionUID = 1L;

    SourceChanged(String message) {
        super(message);
    }
}
