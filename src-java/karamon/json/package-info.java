/**
 * Bytes to Clojure data and back: a streaming reader and writer on jackson-core, and a databind module
 * that adds Clojure data to any {@code ObjectMapper}. Depends on no other package of Karamon.
 */
package karamon.json;
