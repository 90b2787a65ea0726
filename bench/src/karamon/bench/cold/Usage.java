package karamon.bench.cold;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.ptr.IntByReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The resources that a process has used since it started.
 *
 * <p>The CPU time is from POSIX's clock of the process: in nanoseconds, including threads that have ended, and without the cost
 * of the process's end. Alternatives are worse: {@code /proc/PID/stat} has a resolution of 10 ms,
 * {@code /proc/PID/task/TID/schedstat} omits threads that have ended (JDK 25 has one that replays an AOT cache's profiles), and a
 * control group needs root. Child processes are left out; no variant has any.
 */
record Usage(long cpuNanos, long rssKilobytes) {
    private static final C LIBRARY = Native.load("c", C.class);

    private interface C extends Library {
        int clock_getcpuclockid(int pid, IntByReference clock);

        int clock_gettime(int clock, long[] time);
    }

    static Usage of(long pid) throws IOException {
        return new Usage(cpu(pid), rss(pid));
    }

    private static long cpu(long pid) throws IOException {
        IntByReference clock = new IntByReference();
        long[] secondsAndNanos = new long[2];
        if (LIBRARY.clock_getcpuclockid((int) pid, clock) != 0 || LIBRARY.clock_gettime(clock.getValue(), secondsAndNanos) != 0) {
            throw new IOException("The process " + pid + " has no clock: it has ended");
        }
        return secondsAndNanos[0] * 1_000_000_000 + secondsAndNanos[1];
    }

    private static long rss(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow(() -> new IOException("The process " + pid + " has no VmRSS: it has ended"));
    }
}
