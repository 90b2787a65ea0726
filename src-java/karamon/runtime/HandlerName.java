package karamon.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The environment variable that names the handler, which may have any letters. */
public final class HandlerName {
    private static final char LOST = '\uFFFD';

    private HandlerName() {}

    /**
     * Returns the value of a variable. Java reads the environment in the encoding of the locale, which on Lambda may be ASCII:
     * then it loses other letters, but Linux still has them.
     *
     * @param variable its name
     * @param environment names to values, as Java has them
     * @return null if it isn't set
     */
    public static String of(String variable, Map<String, String> environment) {
        String name = environment.get(variable);
        return name != null && name.indexOf(LOST) >= 0 ? sent(variable, name) : name;
    }

    /**
     * Returns a handler's name from the first argument of a main class. Java loses letters of arguments too, as question marks.
     *
     * @param main the main class
     * @param argument its first argument, as Java has it
     */
    static String ofArgument(Class<?> main, String argument) {
        if (argument.indexOf('?') < 0 && argument.indexOf(LOST) < 0) {
            return argument;
        }
        List<String> command = List.of(strings("/proc/self/cmdline"));
        int at = command.lastIndexOf(main.getName());
        return at < 0 || at + 1 >= command.size() ? argument : command.get(at + 1);
    }

    private static String sent(String variable, String otherwise) {
        for (String pair : strings("/proc/self/environ")) {
            if (pair.startsWith(variable + "=")) {
                return pair.substring(variable.length() + 1);
            }
        }
        return otherwise;
    }

    private static String[] strings(String file) {
        try {
            return new String(Files.readAllBytes(Path.of(file)), StandardCharsets.UTF_8).split("\0");
        } catch (IOException e) {
            return new String[0]; // not Linux
        }
    }
}
