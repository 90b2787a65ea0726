/**
 * Bytes to Clojure data and back: a streaming reader and writer on jackson-core, and a databind module
 * that lets any {@code ObjectMapper} speak Clojure. Ground floor: this package knows no other of ours.
 */
package karamon.json;
