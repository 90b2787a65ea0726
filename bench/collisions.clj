(ns collisions
  "Half of bench/collisions: reads names of one hash, and names of one hash in the largest groups that are accepted, in turn with
  ordinary names."
  (:require
   [clojure.string :as str]
   [karamon.collisions :refer [in-groups kinds]]
   [karamon.lambda :as lambda]
   [karamon.lambda.dynamodb :as dynamodb])
  (:import
   (clojure.lang PersistentArrayMap)
   (java.lang.management ManagementFactory ThreadMXBean)
   (karamon.http BadRequest Exchange ReadOptions)
   (karamon.json CollidingKeys JsonReader JsonWriter Keys)))

(set! *warn-on-reflection* true)

(def ^:private rounds 12)

(defn- object
  "Returns a map of names to `value` that compares no names, as a hash map would."
  [names value]
  (PersistentArrayMap. (to-array (mapcat #(vector % value) names))))

(defn- json ^bytes [names] (JsonWriter/bytes ^Object (object names 1)))

(defn- event ^bytes [field value]
  (JsonWriter/bytes ^Object {"httpMethod" "GET", "path" "/", "requestContext" {}, field value}))

(defn- request [^bytes json] (.request (Exchange/of json ReadOptions/NONE)))

(def ^:private readers
  "Readers of names: functions that make the input from names, and functions that read it."
  (array-map
    "JSON, keywords"     [json #(JsonReader/read ^bytes % Keys/KEYWORDS)]
    "JSON, strings"      [json #(JsonReader/read ^bytes % Keys/STRINGS)]
    "JSON, many objects" [#(JsonWriter/bytes ^Object (mapv (fn [s] {s 1}) %)) #(JsonReader/read ^bytes % Keys/KEYWORDS)]
    "event"              [json lambda/event]
    "headers"            [#(event "headers" (object % "v")) request]
    "query"              [#(event "queryStringParameters" (object % "v")) request]
    "cookies"            [#(event "headers" {"cookie" (str/join ";" (map (fn [s] (str s "=v")) %))}) request]
    "DynamoDB item"      [#(object % {"S" "v"}) dynamodb/item]))

(defn- outcome [read input]
  (try
    (read input)
    "read"
    (catch CollidingKeys _ "refused")
    (catch BadRequest _ "refused")))

(defn- millis
  "Returns the milliseconds of CPU that reading takes, and the outcome."
  [read input]
  (let [^ThreadMXBean threads (ManagementFactory/getThreadMXBean)
        start   (.getCurrentThreadCpuTime threads)
        outcome (outcome read input)]
    [(/ (- (.getCurrentThreadCpuTime threads) start) 1e6) outcome]))

(defn- median [xs] (nth (sort xs) (quot (count xs) 2)))

(defn- fresh
  "Returns as many ordinary names as `names`, at least as long, that no earlier round had."
  [round names]
  (map-indexed (fn [i name] (let [s (str "k" i "r" round "x")] (str s (subs name (min (count s) (count name)))))) names))

(defn- measure [[input read] names]
  (let [turns    (for [round (range rounds)]
                   (do
                     (System/gc)
                     (let [ordinary (input (fresh round names))
                           made     (input names)
                           [before] (millis read ordinary)]
                       (System/gc)
                       (conj (millis read made) before))))
        turns    (doall (drop 5 turns))
        ordinary (median (map peek turns))]
    (format "%7.1f ms, %s in %7.1f ms: %5.2f ×" ordinary (second (first turns)) (median (map first turns))
            (double (median (map (fn [[made _ before]] (/ made before)) turns))))))

(let [n (parse-long (first *command-line-args*))]
  (doseq [[reader f] readers, [kind names] kinds]
    (println (format "%-20s %-10s all          ordinary %s" reader (name kind) (measure f (take n names))))
    (println (format "%-20s %-10s groups of 24 ordinary %s" reader (name kind) (measure f (in-groups 24 (take n names)))))
    (flush)))
