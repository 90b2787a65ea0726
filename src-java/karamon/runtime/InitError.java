package karamon.runtime;

/**
 * Thrown when a function can't be started. Each cause has its subclass, since Lambda reports the class's name. The message says
 * what was looked for, what exists, and the nearest name.
 */
public abstract sealed class InitError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private InitError(String message, Throwable cause) {
        super(message, cause);
    }

    /** No {@code namespace/name} was given. */
    public static final class NoHandlerNamed extends InitError {
        private static final long serialVersionUID = 1L;

        NoHandlerNamed(String message) {
            super(message, null);
        }
    }

    /** The namespace isn't on the class path. */
    public static final class NoNamespace extends InitError {
        private static final long serialVersionUID = 1L;

        NoNamespace(String message) {
            super(message, null);
        }
    }

    /** The namespace exists, but doesn't compile, or failed while loading. */
    public static final class BrokenNamespace extends InitError {
        private static final long serialVersionUID = 1L;

        BrokenNamespace(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** The namespace has no such var. */
    public static final class NoVar extends InitError {
        private static final long serialVersionUID = 1L;

        NoVar(String message) {
            super(message, null);
        }
    }

    /** The var doesn't hold a function. */
    public static final class NotAHandler extends InitError {
        private static final long serialVersionUID = 1L;

        NotAHandler(String message) {
            super(message, null);
        }
    }
}
