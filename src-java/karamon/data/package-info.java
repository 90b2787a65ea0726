/** Clojure data as text that reads back exactly, and hashes that are the same for equal data only. */
package karamon.data;
