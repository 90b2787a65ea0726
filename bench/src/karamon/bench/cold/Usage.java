package karamon.bench.cold;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * What a process has used since it started.
 *
 * <p>Its processor time is the sum of its threads', in nanoseconds, from {@code /proc/PID/task/TID/schedstat}: the
 * process's own clock in {@code /proc/PID/stat} ticks in steps of 10 ms, and a control group would take root. What this
 * leaves out are threads that ended, of which no variant has any worth the name, and children: of those it would tell,
 * since they have threads in {@code stat}.
 */
record Usage(long cpuNanos, long rssKilobytes) {
    // Fields 16 and 17, cutime and cstime, counted from behind the name, which may hold spaces.
    private static final int CHILDREN = 13;
    private static final long TICK_NANOS = 10_000_000;

    static Usage of(long pid) throws IOException {
        Path process = Path.of("/proc", Long.toString(pid));
        return new Usage(cpu(process), rss(process));
    }

    private static long cpu(Path process) throws IOException {
        long nanos = 0;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(process.resolve("task"))) {
            for (Path thread : threads) {
                nanos += running(thread);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        String stat = Files.readString(process.resolve("stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return nanos + (Long.parseLong(fields[CHILDREN]) + Long.parseLong(fields[CHILDREN + 1])) * TICK_NANOS;
    }

    private static long running(Path thread) throws IOException {
        try {
            String text = Files.readString(thread.resolve("schedstat"));
            return Long.parseLong(text.substring(0, text.indexOf(' ')));
        } catch (NoSuchFileException e) {
            return 0; // It ended just now.
        }
    }

    private static long rss(Path process) throws IOException {
        return Files.readAllLines(process.resolve("status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow(() -> new IOException(process + " has no VmRSS: it has ended"));
    }
}
