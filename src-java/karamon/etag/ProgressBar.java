package karamon.etag;

import java.io.PrintStream;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/** Shows on a terminal how much of a file is hashed. Many threads may report. */
final class ProgressBar implements LongConsumer {
    private static final long INTERVAL_NANOS = 200_000_000;
    private static final long MIB = 1 << 20;
    private static final int MAX_TITLE = 40;

    private final PrintStream terminal;
    private final String title;
    private final long size;
    private final long start = System.nanoTime();
    private final AtomicLong done = new AtomicLong();
    private final AtomicLong drawn = new AtomicLong(start);
    private volatile boolean shown;

    /**
     * Makes a bar. Nothing is drawn within the first moments.
     *
     * @param title what is hashed, without control characters
     * @param size bytes, or -1 if unknown
     */
    ProgressBar(PrintStream terminal, String title, long size) {
        this.terminal = terminal;
        this.title = title.length() <= MAX_TITLE ? title : "…" + title.substring(title.length() - MAX_TITLE + 1);
        this.size = size;
    }

    @Override
    public void accept(long bytes) {
        long now = System.nanoTime();
        long all = done.addAndGet(bytes);
        long last = drawn.get();
        if (now - last >= INTERVAL_NANOS && drawn.compareAndSet(last, now)) {
            draw(text(title, all, size, now - start));
        }
    }

    private synchronized void draw(String text) {
        shown = true;
        terminal.print("\r\u001b[K" + text);
        terminal.flush();
    }

    static String text(String title, long done, long size, long nanos) {
        String speed = nanos > 0 ? ", " + (long) (done / (nanos / 1e9) / MIB) + " MiB/s" : "";
        String all = size > 0 ? " of " + size / MIB : "";
        String percent = size > 0 ? " " + Math.min(100, 100 * (done / 1024) / Math.max(1, size / 1024)) + " %," : "";
        return title + percent + " " + done / MIB + all + " MiB" + speed;
    }

    /** Removes the bar. */
    synchronized void end() {
        if (shown) {
            terminal.print("\r\u001b[K");
            terminal.flush();
        }
    }
}
