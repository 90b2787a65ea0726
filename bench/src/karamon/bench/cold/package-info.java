/** Measures cold starts: processes up to their first answer. {@code bench/cold/run} runs it. */
package karamon.bench.cold;
