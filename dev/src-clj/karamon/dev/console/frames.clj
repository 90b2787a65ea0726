(ns karamon.dev.console.frames
  "Describes what a handler threw: its frames in the project come with the lines of their source."
  (:require
   [clojure.string :as str]
   [karamon.dev.console.show :as show]
   [karamon.dev.failure.lines :as lines])
  (:import
   (karamon.text Failure Guard Shown)))

(set! *warn-on-reflection* true)

(def ^:private max-causes 5)

(def ^:private max-frames 200)

(def ^:private max-data
  "How many characters of an exception's data are shown."
  16384)

(def ^:private max-excerpts
  "How many frames of an exception come with their source."
  5)

(def ^:private lines-around 3)

(defn- excerpt
  "Returns the lines around the line `n` of a file; `:at` marks that line."
  [file n]
  (let [from (max 1 (- n lines-around))]
    (->> (str/split-lines (slurp file))
         (drop (dec from))
         (take (inc (- (+ n lines-around) from)))
         (map-indexed (fn [i text] {:line (+ from i), :text text, :at (= n (+ from i))}))
         vec)))

(defn- frame-map [{:keys [files] :as options} ^StackTraceElement frame]
  (let [file (get files (lines/frame-namespace options frame))]
    {:text    (lines/frame-text options frame)
     :project (some? file)
     :file    file
     :line    (.getLineNumber frame)}))

(defn- with-excerpts
  "Adds the source to the first frames of the project, once for each line."
  [frames]
  (let [shown (->> frames (filter #(and (:project %) (pos? (:line %)))) (map (juxt :file :line)) distinct (take max-excerpts) set)]
    (loop [done [], left shown, [{:keys [file line] :as frame} & more] frames]
      (cond
        (nil? frame)        done
        (left [file line]) (recur (conj done (assoc frame :source (excerpt file line))) (disj left [file line]) more)
        :else               (recur (conj done frame) left more)))))

(defn- exception [options reveal? deadline e]
  (let [data (Failure/data e deadline)]
    {:class   (.getName (class e))
     :message (some-> (Failure/message e deadline) (Shown/cut 10000))
     :data    (when data (show/text (if reveal? data (show/masked data)) max-data))
     :frames  (mapv #(dissoc % :file) (with-excerpts (mapv #(frame-map options %) (take max-frames (lines/all-frames e)))))}))

(defn thrown
  "Returns an exception and its causes, the outermost first, each as a map of `:class`, `:message`, `:data` (EDN) and `:frames`. A
  frame has `:text`, `:line`, `:project` (whether it is in one of `files`, a map of the project's namespaces to their files) and
  `:source`, lines with `:line`, `:text`, `:at`."
  [files ^Throwable e reveal?]
  (let [deadline (Guard/deadline)]
    (mapv #(exception {:files files} reveal? deadline %) (take max-causes (Failure/chain e deadline)))))
