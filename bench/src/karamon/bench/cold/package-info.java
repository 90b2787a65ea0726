/** Measures cold starts: processes that answer their first invocation. {@code bench/cold/run} starts it. */
package karamon.bench.cold;
