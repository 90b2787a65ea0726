package karamon.server;

import java.util.concurrent.atomic.AtomicLong;

/** Lets one of many messages pass in each period, so that whoever causes them can't flood the log. Safe for many threads. */
final class Seldom {
    private final long periodMs;
    private final AtomicLong next = new AtomicLong(Long.MIN_VALUE);
    private final AtomicLong held = new AtomicLong();

    Seldom(long periodMs) {
        this.periodMs = periodMs;
    }

    /** Returns how many messages were held back since the last one that passed; -1 if this one is held back as well. */
    long pass(long nowMs) {
        long due = next.get();
        if (nowMs < due || !next.compareAndSet(due, nowMs + periodMs)) {
            held.incrementAndGet();
            return -1;
        }
        return held.getAndSet(0);
    }
}
