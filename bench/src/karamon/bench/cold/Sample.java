package karamon.bench.cold;

/**
 * The measurements of one process since its start.
 *
 * @param cpu milliseconds
 * @param wall milliseconds
 * @param rss megabytes
 */
record Sample(double cpu, double wall, double rss) {}
