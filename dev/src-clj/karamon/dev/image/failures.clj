(ns karamon.dev.image.failures
  "Says why calls of a training run failed."
  (:require
   [clojure.string :as str])
  (:import
   (karamon.json JsonReader Keys MalformedJson)
   (karamon.text Shown)))

(set! *warn-on-reflection* true)

(def ^:private max-frames 10)

(def ^:private max-text 1000)

(defn- own?
  "Returns false for a frame of Clojure, the JDK or Karamon's runtime."
  [frame]
  (not (re-find #"^(?:clojure\.|java\.|jdk\.|karamon\.(?:runtime|log|local)[.$]|\.\.\. )" frame)))

(defn- parsed
  "Returns the JSON object in a text; nil for another text."
  [^String text]
  (try
    (let [data (JsonReader/read text Keys/STRINGS)]
      (when (map? data) data))
    (catch MalformedJson _ nil)))

(defn- lines
  "Returns an error in Lambda's form, and its causes, as lines; nil for other data."
  [{:strs [errorType errorMessage errorData stackTrace cause]}]
  (when errorType
    (concat [(Shown/cut (str errorType ": " errorMessage) max-text)]
            (when errorData [(str "  data: " (Shown/of errorData))])
            (map #(str "  at " %) (take max-frames (filter own? stackTrace)))
            (some->> cause lines (map-indexed #(str (when (zero? (long %1)) "caused by: ") %2))))))

(defn- logged
  "Returns the first exception of a handler in the log, which has a JSON object in each line; nil if there is none."
  [^String handler log]
  (->> (str/split-lines log)
       (filter #(str/includes? % handler))
       (keep parsed)
       (filter #(and (% "errorType") (str/starts-with? (str (% "message")) handler)))
       first))

(defn reason
  "Returns why a call of `handler` failed, as lines, from its reply, and from the log of the run if the reply doesn't say it."
  [handler reply log]
  (or (lines (parsed reply))
      (lines (logged handler log))
      [(Shown/cut reply max-text)]))
