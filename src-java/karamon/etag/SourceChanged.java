package karamon.etag;

import java.io.IOException;

/** Thrown when what is hashed shrank, grew or was written to meanwhile, so that no ETag is true of it. */
public final class SourceChanged extends IOException {
    private static final long serialVersionUID = 1L;

    SourceChanged(String message) {
        super(message);
    }
}
