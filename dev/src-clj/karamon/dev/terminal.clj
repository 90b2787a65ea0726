(ns karamon.dev.terminal
  "The terminal that a process runs on, and what line editors on it share: histories, and the word to complete."
  (:require
   [clojure.java.io :as io]
   [karamon.dev.failure :as failure])
  (:import
   (java.io Console IOError IOException InterruptedIOException)
   (java.util.logging Level Logger)
   (karamon.file OwnerOnly)
   (org.jline.reader CompletingParsedLine EndOfFileException LineReader UserInterruptException)
   (org.jline.terminal Size Terminal TerminalBuilder)))

(set! *warn-on-reflection* true)

(def ^:private jline-log
  "The logger of JLine, which would print stack traces between lines, such as when the disk of the history is full."
  (doto (Logger/getLogger "org.jline")
    (.setLevel Level/OFF)))

(defn history-file
  "Returns the path of a history in the user's folder of states, after creating it for this user only. Prints why and returns nil
  if that fails. `file-name` is the name of the file, such as \"repl-history\"."
  [file-name]
  (let [states (or (not-empty (System/getenv "XDG_STATE_HOME")) (io/file (System/getProperty "user.home") ".local" "state"))
        folder (.toPath (io/file states "karamon"))
        file   (.resolve folder ^String file-name)]
    (try
      (OwnerOnly/folder folder)
      (.close (OwnerOnly/open file))
      file
      (catch IOException e
        (binding [*out* *err*]
          (println (str "The history isn't kept: " (failure/summary e))))))))

(defn parsed
  "Returns a line as JLine's parsers do. `word` is the part before the cursor that completion replaces."
  ^CompletingParsedLine [text cursor word]
  (reify CompletingParsedLine
    (escape [_ candidate _] candidate)
    (rawWordCursor [_] (count word))
    (rawWordLength [_] (count word))
    (word [_] word)
    (wordCursor [_] (count word))
    (wordIndex [_] 0)
    (words [_] [word])
    (line [_] text)
    (cursor [_] cursor)))

(defn read-text
  "Returns the text that is entered after `prompt`; nil after Ctrl-D, or when the terminal is gone. Ctrl-C discards what is being
  entered."
  [^LineReader reader ^String prompt]
  (let [text (try
               (.readLine reader prompt)
               (catch UserInterruptException _ ::discarded)
               (catch EndOfFileException _ nil)
               (catch IOError e
                 (when (or (Thread/interrupted) (instance? InterruptedIOException (ex-cause e)))
                   ::discarded))
               ;; JLine interrupts this thread on Ctrl-C, which may be while it returns.
               (finally (Thread/interrupted)))]
    (if (= ::discarded text)
      (recur reader prompt)
      text)))

(defn console?
  "Returns true if stdin and stdout are a terminal. From JDK 22 on, there may be a console without one."
  []
  (when-let [console (System/console)]
    (try
      (.invoke (.getMethod Console "isTerminal" (make-array Class 0)) console (object-array 0))
      (catch NoSuchMethodException _ true))))

(defn- sized
  "Returns the terminal, with a usual size if it has none, as under programs that set none."
  ^Terminal [^Terminal terminal]
  (when (zero? (.getWidth terminal))
    (.setSize terminal (Size. 80 24)))
  terminal)

(defn system-terminal
  "Returns the terminal that this process runs on; nil if it can't edit lines, or if stdin or stdout isn't one."
  ^Terminal []
  (when (and (not (contains? #{nil "" "dumb"} (System/getenv "TERM"))) (console?))
    (try
      (sized (-> (TerminalBuilder/builder) (.system true) (.dumb false) (.provider "exec") (.build)))
      (catch IOException _ nil)
      (catch IllegalStateException _ nil))))
