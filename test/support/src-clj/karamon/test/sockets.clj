(ns karamon.test.sockets
  "Plain sockets to this machine, for what no HTTP client sends."
  (:require
   [clojure.string :as str])
  (:import
   (java.io InputStream)
   (java.net Socket SocketException)
   (java.nio.charset StandardCharsets)))

(set! *warn-on-reflection* true)

(defn connect
  "Returns a socket that is connected to `port`. Reading from it throws after a minute without a byte."
  ^Socket [port]
  (doto (Socket. "127.0.0.1" (int port))
    (.setSoTimeout 60000)))

(defn send!
  "Sends `text`, one byte for each character."
  [^Socket socket ^String text]
  (doto (.getOutputStream socket)
    (.write (.getBytes text StandardCharsets/ISO_8859_1))
    (.flush)))

(defn receive
  "Returns the text that arrives until the other side closes the connection, or up to `end`."
  ([socket] (receive socket nil))
  ([^Socket socket end]
   (let [in   (.getInputStream socket)
         text (StringBuilder.)]
     (loop []
       (let [c (try
                 (.read ^InputStream in)
                 (catch SocketException _ -1))] ; reset by the other side
         (when-not (neg? c)
           (.append text (char c))
           (when-not (and end (str/ends-with? text end))
             (recur)))))
     (str text))))

(defn exchange
  "Sends `text` on a connection of its own and returns all that arrives until the other side closes it."
  [port text]
  (with-open [socket (connect port)]
    (send! socket text)
    (receive socket)))
