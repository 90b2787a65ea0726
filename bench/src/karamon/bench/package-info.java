/** Benchmarks of reading events and writing replies; {@code bench/run} runs them. Not a part of the library or of functions. */
package karamon.bench;
