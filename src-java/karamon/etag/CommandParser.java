package karamon.etag;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import karamon.text.Nearest;

/** Parses the arguments of {@code etag} as tools.cli does those of the other commands. Options may follow files. */
final class CommandParser {
    private static final List<String> NAMES = List.of("--part-size", "--like", "--check", "--recursive", "--checksum", "--threads",
            "--json", "--help");
    private static final String LETTERS = "plcrst h";
    private static final List<String> VALUES = List.of("SIZE", "ETAG", "LIST", "", "NAME", "N", "", "");

    private final String[] arguments;
    private int next;
    private final List<String> errors = new ArrayList<>();
    private final List<String> files = new ArrayList<>();
    private final Set<Checksum> checksums = EnumSet.noneOf(Checksum.class);
    private LayoutChoice layout;
    private String like;
    private String list;
    private boolean recursive;
    private boolean json;
    private boolean help;
    private int threads = Runtime.getRuntime().availableProcessors();

    private CommandParser(String[] arguments) {
        this.arguments = arguments;
    }

    /**
     * Parses arguments.
     *
     * @throws UsageError when an option is unknown or has an invalid value, or options don't fit each other
     */
    static CommandOptions parse(String[] arguments) {
        CommandParser parser = new CommandParser(arguments);
        parser.read();
        CommandOptions options = parser.options();
        if (options.help()) {
            return options;
        }
        if (!parser.errors.isEmpty()) {
            throw new UsageError(String.join("\n", parser.errors) + "\n\n" + CommandOptions.usage().stripTrailing());
        }
        return options.checked();
    }

    private CommandOptions options() {
        return new CommandOptions(layout, like, list, recursive, json, help, threads, checksums, files);
    }

    private void read() {
        while (next < arguments.length) {
            String argument = arguments[next++];
            if (argument.equals("--")) {
                while (next < arguments.length) {
                    files.add(arguments[next++]);
                }
            } else if (argument.startsWith("--")) {
                readLong(argument);
            } else if (argument.length() > 1 && argument.charAt(0) == '-') {
                readShort(argument);
            } else {
                files.add(argument);
            }
        }
    }

    private void readLong(String argument) {
        int equals = argument.indexOf('=');
        String name = equals < 0 ? argument : argument.substring(0, equals);
        int option = NAMES.indexOf(name);
        if (option < 0) {
            errors.add("No option " + name + "." + Nearest.hint(name, NAMES));
        } else if (equals < 0) {
            set(option, name, takesValue(option) ? value() : "");
        } else if (takesValue(option)) {
            set(option, name, argument.substring(equals + 1));
        } else {
            errors.add("The option " + name + " takes no value, found " + argument);
        }
    }

    // Letters may share a hyphen, and the last one's value may follow without a space.
    private void readShort(String argument) {
        for (int i = 1; i < argument.length(); i++) {
            String name = "-" + argument.charAt(i);
            int option = argument.charAt(i) == ' ' ? -1 : LETTERS.indexOf(argument.charAt(i));
            if (option < 0) {
                errors.add("No option " + name + ".");
            } else if (takesValue(option)) {
                set(option, name, i + 1 < argument.length() ? argument.substring(i + 1) : value());
                return;
            } else {
                set(option, name, "");
            }
        }
    }

    private static boolean takesValue(int option) {
        return !VALUES.get(option).isEmpty();
    }

    private String value() {
        return next < arguments.length ? arguments[next++] : null;
    }

    private void set(int option, String name, String value) {
        if (value == null) {
            errors.add("Missing required argument for \"" + name + " " + VALUES.get(option) + "\"");
            return;
        }
        String expected = switch (NAMES.get(option)) {
            case "--part-size" -> setLayout(value);
            case "--checksum" -> addChecksum(value);
            case "--threads" -> setThreads(value);
            default -> setAny(NAMES.get(option), value);
        };
        if (expected != null) {
            errors.add("Failed to validate \"" + name + " " + value + "\": must be " + expected);
        }
    }

    private String setAny(String name, String value) {
        switch (name) {
            case "--like" -> like = value;
            case "--check" -> list = value;
            case "--recursive" -> recursive = true;
            case "--json" -> json = true;
            default -> help = true;
        }
        return null;
    }

    private String setLayout(String value) {
        layout = LayoutChoice.parse(value);
        return layout == null ? "auto, a client's name, or a size of 1 byte to 5GiB such as 8MiB" : null;
    }

    private String addChecksum(String value) {
        for (Checksum checksum : Checksum.values()) {
            if (value.equals(checksum.name().toLowerCase(Locale.ROOT))) {
                checksums.add(checksum);
                return null;
            }
        }
        return "one of crc32, crc32c, crc64nvme, sha1, sha256";
    }

    private String setThreads(String value) {
        try {
            threads = Integer.parseInt(value);
        } catch (NumberFormatException e) {
            threads = 0;
        }
        return threads < 1 || threads > 1024 ? "a whole number from 1 to 1024" : null;
    }
}
