package karamon.bench.cold;

/**
 * What was measured of one process, since its start.
 *
 * @param cpu milliseconds
 * @param wall milliseconds
 * @param rss megabytes
 */
record Sample(double cpu, double wall, double rss) {}
