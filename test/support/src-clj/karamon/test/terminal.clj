(ns karamon.test.terminal
  "A terminal that a test types at. Needs JLine on the test's class path."
  (:require
   [clojure.string :as str])
  (:import
   (java.io ByteArrayOutputStream OutputStream PipedInputStream PipedOutputStream)
   (java.nio.charset StandardCharsets)
   (java.util.concurrent BlockingQueue LinkedBlockingQueue TimeUnit)
   (org.jline.terminal Size Terminal)
   (org.jline.terminal.impl ExternalTerminal)))

(set! *warn-on-reflection* true)

(defn send!
  "Types a text at a terminal that `call` opened."
  [{:keys [^OutputStream keyboard]} ^String text]
  (doto keyboard
    (.write (.getBytes text StandardCharsets/UTF_8))
    (.flush)))

(defn receive
  "Returns what a terminal shows up to `end`, a text, without the sequences that move the cursor and set modes. Fails when it shows
  nothing more for a minute."
  [{:keys [^BlockingQueue shown]} ^String end]
  (let [bytes (ByteArrayOutputStream.)
        last-byte (last (.getBytes end StandardCharsets/UTF_8))]
    (loop []
      (let [b     (.poll shown 60 TimeUnit/SECONDS)
            _     (when b (.write bytes (int b)))
            text  (when (or (nil? b) (= b last-byte))
                    (str/replace (.toString bytes StandardCharsets/UTF_8) #"\u001b(?:\[[?\d;]*[A-Za-z]|[=>])" ""))]
        (cond
          (nil? b)                              (throw (AssertionError. (str "expected " (pr-str end) " in " (pr-str text))))
          (and text (str/ends-with? text end))  text
          :else                                 (recur))))))

(defn- screen
  "Returns an OutputStream that puts each byte into a queue."
  ^OutputStream [^BlockingQueue shown]
  (proxy [OutputStream] []
    (write
      ([x] (if (bytes? x)
             (run! #(.put shown %) x)
             (.put shown (unchecked-byte (int x)))))
      ([bs start length] (run! #(.put shown %) (take length (drop start bs)))))))

(defn new-terminal
  "Returns a terminal of some `columns` and `rows` that reads an InputStream and puts the bytes it shows into a queue."
  ^Terminal [typed shown columns rows]
  (doto (ExternalTerminal. "test" "xterm" typed (screen shown) StandardCharsets/UTF_8)
    (.setSize (Size. columns rows))))

(defn call
  "Calls `program` with a terminal in another thread. Waits for its prompt `:prompt`, calls `f` with what `send!` and `receive` take,
  types Ctrl-D, and returns the value of `program`, or :running after a minute. The terminal has `:columns` (default 200) and `:rows`
  (default 100)."
  [{:keys [prompt columns rows]} program f]
  (let [typed   (PipedInputStream. 65536)
        session {:keyboard (PipedOutputStream. typed), :shown (LinkedBlockingQueue.)}]
    (with-open [terminal (new-terminal typed (:shown session) (or columns 200) (or rows 100))]
      (let [result (future (program terminal))]
        (receive session prompt)
        (f session)
        (send! session "\u0004")
        (deref result 60000 :running)))))
