package karamon;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Reads what a runtime logs, gigabytes, and keeps the last lines and those about faults of the runtime itself. */
final class FuzzLog implements Runnable {
    private static final int KEPT = 40;
    private static final int MAX_LENGTH = 262_144;

    private final Process process;
    private final boolean json;
    private final Deque<String> last = new ArrayDeque<>();
    private final Deque<String> faults = new ArrayDeque<>();
    private long characters;

    /**
     * Makes one for a process.
     *
     * @param json whether each line must be one JSON object
     */
    FuzzLog(Process process, boolean json) {
        this.process = process;
        this.json = json;
    }

    /** Reads until the process ends. */
    @Override
    public void run() {
        try (BufferedReader in = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8), 1 << 16)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                add(line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private synchronized void add(String line) {
        characters += line.length() + 1;
        keep(last, line);
        if (line.startsWith("karamon:") || line.length() > MAX_LENGTH || json && !(line.startsWith("{") && line.endsWith("}"))) {
            keep(faults, line);
        }
    }

    private static void keep(Deque<String> lines, String line) {
        if (lines.size() == KEPT) {
            lines.remove();
        }
        lines.add(line.length() > 1000 ? line.substring(0, 1000) + "… (" + line.length() + " characters)" : line);
    }

    synchronized long characters() {
        return characters;
    }

    synchronized String last() {
        return String.join("\n", last);
    }

    /** Returns lines about the runtime's own faults, and lines that are too long or not JSON. */
    synchronized List<String> faults() {
        return List.copyOf(faults);
    }
}
