(ns karamon.dev.gateway.service
  "Reads serverless.yml: the functions written in Clojure (`clj: namespace/name`), and the HTTP events of each."
  (:require
   [clojure.java.io :as io]
   [karamon.dev.gateway.events :as events :refer [fail line variable?]]
   [karamon.dev.gateway.yaml :as yaml])
  (:import
   (karamon.text Nearest)))

(set! *warn-on-reflection* true)

(defn- number
  "Returns the whole number under `k`; nil if there is none, or if it is a variable."
  [file m k]
  (let [x (get m k)]
    (cond
      (or (nil? x) (variable? x))      nil
      (re-matches #"\d{1,6}" (str x)) (parse-long (str x))
      :else (fail file (line m k) (str k " must be a whole number, found " (pr-str x))))))

(defn- variables
  "Returns a warning for each setting that is a variable."
  [file what m]
  (for [k ["timeout" "memorySize" "events"] :when (variable? (get m k))]
    (str file ":" (line m k) ": " k " of " what " is " (get m k) ", which only Serverless can resolve: "
         (if (= "events" k) "it counts as none" "the default is used"))))

(defn- entries
  "Returns a map of `:name`, `:function` and `:line` for each function; `functions:` may be a map or a list of maps."
  [file functions]
  (let [found (for [m (if (vector? functions) functions [functions]), [name function] (if (map? m) m {(str m) m})]
                {:name name, :function function, :line (line (if (map? m) m functions) name)})]
    (doseq [[name [_ again]] (group-by :name found) :when again]
      (fail file (:line again) (str "a second function " name)))
    found))

(defn- left-out
  "Returns the warning for a function without `clj`; nil if it is in another language. Throws if it looks like a mistake."
  [file {:keys [name function line]}]
  (let [near (when (map? function) (some #(when (Nearest/to % ["clj"]) %) (keys function)))]
    (cond
      (variable? function) (str file ":" line ": the function " name " is a variable, which only Serverless can resolve: left out")
      (not (map? function))
      (fail file line (str "the function " name " is " (pr-str function) ", expected a map, such as {clj: example.core/hello}"))
      (or (function "handler") (function "image")) nil
      near  (fail file (events/line function near) (str "the function " name " has " near ". Did you mean clj?"))
      :else (str file ":" line ": the function " name " has no clj: namespace/name, and no handler or image: left out"))))

(defn- read-function [file provider {:keys [name function]}]
  (let [{:strs [clj events url]} function]
    (when-not (and (string? clj) (re-matches #"[^/\s]+/[^/\s]+" clj))
      (fail file (line function "clj")
            (str "the function " name " has clj: " (pr-str clj) ", expected namespace/name, such as example.core/hello")))
    (when-not (or (nil? events) (vector? events) (variable? events))
      (fail file (line function "events") (str "events of " name " must be a list, each such as - http: GET /hello")))
    {:name       name
     :handler    clj
     :timeout-ms (* 1000 (or (number file function "timeout") (number file provider "timeout") 29))
     :memory-mb  (or (number file function "memorySize") (number file provider "memorySize") 1769)
     :url        (boolean url)
     :routes     (vec (mapcat #(events/routes file (line function "events") %) (when (vector? events) events)))}))

(defn parse
  "Returns the service that the serverless.yml `text` declares:

      {:service \"name\"
       :functions [{:name \"hello\" :handler \"example.core/hello\" :timeout-ms 29000 :memory-mb 1769 :url true
                    :routes [{:source :rest :method :get :path \"/hello\"}]}]
       :warnings [\"serverless.yml:7: timeout of hello is ${param:t}, …\"]}

  Functions without `clj` and events that aren't HTTP are left out. Throws ex-info of `:type`
  `:karamon.dev.gateway.service/bad-service` or `:karamon.dev.gateway.yaml/malformed`, with the file and line in its message."
  [text file]
  (let [data      (yaml/parse text file)
        functions (when (map? data) (data "functions"))]
    (when-not (or (map? functions) (vector? functions))
      (fail file nil "expected functions: with a function under it, such as hello: {clj: example.core/hello}"))
    (let [provider (data "provider")
          {ours true, others false} (group-by #(and (map? (:function %)) (contains? (:function %) "clj")) (entries file functions))]
      {:service   (data "service")
       :functions (mapv #(read-function file provider %) ours)
       :warnings  (vec (concat (variables file "provider" provider)
                               (mapcat #(variables file (:name %) (:function %)) ours)
                               (keep #(left-out file %) others)))})))

(defn load-service
  "Returns the service that `file` declares, as `parse` does. Throws ex-info of `:type`
  `:karamon.dev.gateway.service/no-file` if there is no such file."
  [file]
  (when-not (.isFile (io/file file))
    (throw (ex-info (str "No " file " here: go to a project's folder, or name its file with --config") {:type ::no-file})))
  (parse (slurp file) file))
