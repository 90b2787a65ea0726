package karamon.etag;

import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Starts another program. If one of its arguments is a large file, first starts to prepare the lanes: that takes as long as
 * loading Clojure, so both are ready at the same time.
 */
public final class Ahead {
    private Ahead() {}

    /**
     * Starts preparing the lanes if needed, and calls the main method of a class.
     *
     * @param args the class, then its arguments
     * @throws ReflectiveOperationException when there is no such class, it has no main method, or that throws
     */
    public static void main(String[] args) throws ReflectiveOperationException {
        String[] rest = new String[args.length - 1];
        System.arraycopy(args, 1, rest, 0, rest.length);
        for (String argument : rest) {
            Lanes.SHARED.prepareFor(size(argument));
        }
        try {
            Class.forName(args[0]).getMethod("main", String[].class).invoke(null, (Object) rest);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e;
        }
    }

    private static long size(String argument) {
        try {
            Path path = Path.of(argument);
            return Files.isRegularFile(path) ? path.toFile().length() : 0;
        } catch (InvalidPathException e) {
            return 0;
        }
    }
}
