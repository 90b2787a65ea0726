(ns karamon.dev.failure.lines
  "Describes an exception in lines for people: its causes, their data, and the project's own frames. The other frames are folded to
  their number.

  Most functions take options:

  * `:files` -- a map of namespace to its file, for the namespaces of the project
  * `:trace` -- whether to list all frames
  * `:top` -- how many frames to list if none is the project's (default 0)
  * `:folded` -- a function of the line with the number of other frames, which returns the line to print (default: that line)"
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.failure :as failure])
  (:import
   (clojure.lang Compiler IExceptionInfo)
   (java.io File)
   (karamon.text Escaped Failure Guard Shown)))

(set! *warn-on-reflection* true)

(defn- relative [^File file]
  (let [here (.toAbsolutePath (.toPath (io/file "")))
        path (.normalize (.toAbsolutePath (.toPath file)))]
    (str (if (.startsWith path here) (.relativize here path) path))))

(defn path
  "Returns the path of the namespace `n`, or else of the only file that is named `named`, or else that name."
  [{:keys [files]} n ^String named]
  (let [own  ^File (files n)
        same (filter #(= named (.getName ^File %)) (vals files))]
    (cond
      (and own (or (nil? named) (= named (.getName own)))) (relative own)
      (= 1 (count same)) (relative (first same))
      :else named)))

(defn all-frames
  "Returns the stack frames of the exception `e`. Of the two that a Clojure function has, invoke and invokeStatic, only the inner
  one: the other names the line of the function's name."
  [e]
  (->> (Failure/trace e (Guard/deadline))
       (partition-by #(.getClassName ^StackTraceElement %))
       (mapcat (fn [[^StackTraceElement frame :as same]]
                 (if (re-find #"\.cljc?$" (str (.getFileName frame))) [frame] same)))))

(defn frame-namespace
  "Returns the namespace of the project that a stack frame is in, a symbol; nil if it is in none."
  [{:keys [files]} ^StackTraceElement frame]
  (let [n       (Compiler/demunge (first (str/split (.getClassName frame) #"\$")))
        of-type (some->> (str/last-index-of n ".") (subs n 0) symbol)] ; shop.core, for shop.core.Item, a record
    (cond
      (contains? files (symbol n)) (symbol n)
      (= (.getFileName frame) (some-> ^File (get files of-type) .getName)) of-type)))

(defn place
  "Returns the file and line of a stack frame, such as \"src/shop/core.clj:2\"."
  [options ^StackTraceElement frame]
  (str (path options (frame-namespace options frame) (.getFileName frame)) ":" (.getLineNumber frame)))

(defn frame-text
  "Returns a stack frame as text, such as \"shop.core/price (src/shop/core.clj:2)\"."
  [options ^StackTraceElement frame]
  (let [name (str (Compiler/demunge (.getClassName frame)))]
    (if (str/includes? (.getClassName frame) "$")
      (str (str/replace name #"--\d+" "") " (" (place options frame) ")")
      (str name "/" (.getMethodName frame) " (" (place options frame) ")"))))

(defn frames
  "Returns the project's frames of the exception `e` as texts, then one with the number of others; all frames for `:trace`."
  [{:keys [trace top folded] :or {top 0, folded identity} :as options} e]
  (let [all    (seq (all-frames e))
        own    (if trace all (or (seq (filter #(frame-namespace options %) all)) (take top all)))
        others (- (count all) (count own))]
    (concat (map #(str "at " %) (dedupe (map #(frame-text options %) own)))
            (when (pos? others)
              [(folded (str "… " others (if (seq own) " more" "") " frames outside the project"))]))))

(defn data
  "Returns the data of an ex-info as text; nil if `e` has none."
  [e]
  (when-let [found (and (instance? IExceptionInfo e) (seq (Failure/data e (Guard/deadline))))]
    (Escaped/text (Shown/of (into {} found)))))

(defn of-exception
  "Returns the lines: class, message and data of `e` and of its causes, then the frames of the last cause."
  [options e]
  (let [chain (Failure/chain e)]
    (concat (mapcat (fn [caused e]
                      (cons (str caused (Escaped/text (failure/summary e)))
                            (some->> (data e) (str "  data: ") list)))
                    (cons "" (repeat "caused by: "))
                    chain)
            (map #(str "  " %) (frames options (last chain))))))
