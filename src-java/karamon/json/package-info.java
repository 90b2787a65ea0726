/**
 * Bytes to Clojure data and back: a streaming reader and writer on jackson-core, and a databind module
 * that adds Clojure data to any {@code ObjectMapper}. Depends only on {@code text}.
 */
package karamon.json;
