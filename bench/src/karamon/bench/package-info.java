/** Benchmarks of the marshalling; {@code bench/run} runs them. Nothing of this reaches the library or a function. */
package karamon.bench;
