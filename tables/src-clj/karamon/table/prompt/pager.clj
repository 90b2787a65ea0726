(ns karamon.table.prompt.pager
  "A writer that shows text on a terminal page by page, without characters that would control the terminal."
  (:require
   [clojure.string :as str]
   [karamon.table.drawing :as drawing])
  (:import
   (java.io IOError PrintWriter Writer)
   (org.jline.terminal Size Terminal)
   (org.jline.utils NonBlockingReader)))

(set! *warn-on-reflection* true)

(def ^:private question "── Space: more, Enter: a line, A: all, Q: quit ──")

(defn harmless
  "Returns a line without characters that would control a terminal."
  [line]
  (drawing/harmless (str/replace line #"\r$" "")))

(defn height
  "Returns how many lines of a terminal with `columns` columns a line takes."
  [line columns]
  (max 1 (quot (+ (drawing/width line) (dec columns)) columns)))

(defn- drain
  "Returns what follows an escape character at once, as of an arrow key."
  [^NonBlockingReader in]
  (loop [text ""]
    (let [c (.read in 20)]
      (if (neg? c) text (recur (str text (char c)))))))

(def ^:private keys-to-actions
  {-1 :quit, 3 :quit, 4 :quit, 10 :line, 13 :line, 32 :page
   \q :quit, \f :page, \j :line, \a :all, \g :all
   "[B" :line, "OB" :line, "[6~" :page, "[F" :all, "OF" :all})

(defn- read-key
  "Returns what a key asks for: `:page`, `:line`, `:all` or `:quit`; nil for other keys."
  [^NonBlockingReader in stopped?]
  (loop []
    (let [c (if (stopped?) 3 (.read in 100))]
      (cond
        (= -2 c) (recur)
        (= 27 c) (keys-to-actions (drain in))
        (< c 33) (keys-to-actions c)
        :else    (keys-to-actions (Character/toLowerCase (char c)))))))

(defn- ask
  "Waits below a page; returns what the next known key asks for."
  [^Terminal terminal stopped?]
  (let [before (.enterRawMode terminal)
        out    (.writer terminal)
        text   (drawing/cut question (max 1 (dec (.getWidth terminal))))]
    (try
      (.print out text)
      (.flush out)
      (loop []
        (or (read-key (.reader terminal) stopped?) (recur)))
      (finally
        (.print out (str "\r" (str/join (repeat (drawing/width text) \space)) "\r"))
        (.flush out)
        (.setAttributes terminal before)))))

(defn- size
  "Returns the terminal's size."
  ^Size [^Terminal terminal]
  (try
    (.getSize terminal)
    (catch IOError _
      ;; Ctrl-C just before may interrupt the program that reads it.
      (.getSize terminal))))

(defn screen
  "Returns a terminal as `pager` takes it. `stopped?` is a function that returns true after Ctrl-C. Its size is read now and after
  each key, not for each line, since that starts a process."
  [^Terminal terminal stopped?]
  (let [now (atom (size terminal))]
    {:out     (.writer terminal)
     :columns #(max 1 (.getColumns ^Size @now))
     :rows    #(max 2 (.getRows ^Size @now))
     :ask     (fn []
                (let [key (ask terminal stopped?)]
                  (reset! now (size terminal))
                  key))}))

(defn- show-line
  "Prints a line, after a question if the page is full."
  [state {:keys [^PrintWriter out columns rows ask]} line]
  (let [{:keys [shown all]} @state
        text  (harmless line)
        lines (height text (columns))]
    (when (and (not all) (pos? shown) (< (dec (rows)) (+ shown lines)))
      (let [began (System/nanoTime)]
        (case (ask)
          :page (swap! state assoc :shown 0)
          :line (swap! state update :shown - lines)
          :all  (swap! state assoc :all true)
          :quit (swap! state assoc :quit true))
        (swap! state update :waited + (- (System/nanoTime) began))))
    (when-not (:quit @state)
      (swap! state update :shown + lines)
      (.println out text))))

(defn- write-text [state screen ^String text]
  (loop [text text]
    (when-not (:quit @state)
      (let [end                 (str/index-of text "\n")
            ^StringBuilder line (:line @state)]
        (.append line ^String (if end (subs text 0 end) text))
        (when end
          (let [whole (str line)]
            (.setLength line 0)
            (show-line state screen whole))
          (recur (subs text (inc (long end)))))))))

(defn pager
  "Returns a map: `:out`, a Writer that shows each line once it ends, and `:state`, an atom, whose `:quit` is true after Q, from when
  on nothing is shown, and whose `:waited` is how long it waited for keys, in nanoseconds.

  `screen` has `:out`, a PrintWriter, functions `:columns` and `:rows` that return its size, and `:ask`, a function that waits for
  a key below a full page, and returns `:page`, `:line`, `:all` or `:quit`."
  [screen]
  (let [state (atom {:line (StringBuilder.), :shown 0, :waited 0})]
    {:state state
     :out   (proxy [Writer] []
              (write
                ([x]
                 (write-text state screen (cond (int? x) (str (char x)) (string? x) x :else (String. ^chars x))))
                ([x start length]
                 (write-text state screen
                   (if (string? x)
                     (subs x start (+ (long start) (long length)))
                     (String. ^chars x (int start) (int length))))))
              (flush [] (.flush ^PrintWriter (:out screen)))
              (close []))}))
