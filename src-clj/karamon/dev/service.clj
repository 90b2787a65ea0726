(ns karamon.dev.service
  "Reads serverless.yml: which functions are Clojure's (`clj: namespace/name`), and which HTTP events each declares."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.yaml :as yaml]))

(set! *warn-on-reflection* true)

(defn- fail [file line message]
  (throw (ex-info (str file (when line (str ":" line)) ": " message) {:type ::bad-service, :file (str file), :line line})))

(defn- slashed [path]
  (if (str/starts-with? path "/") path (str "/" path)))

(defn- method-key [method]
  (let [m (str/lower-case (str method))]
    (if (#{"*" "any"} m) :any (keyword m))))

(defn- api-route
  "Returns the route of an `http` or `httpApi` event: \"GET /path\", \"*\" or a map of path and method."
  [file source event line]
  (cond
    (= "*" event) {:source source, :method :any, :path "/{proxy+}", :catch-all true}
    (string? event)
    (let [[method path] (str/split (str/trim event) #"\s+")]
      (when-not path
        (fail file line (str "expected a method and a path, such as GET /hello, found " (pr-str event))))
      {:source source, :method (method-key method), :path (slashed path)})
    (and (map? event) (string? (event "path")))
    (if (= "*" (event "path"))
      (api-route file source "*" line)
      {:source source, :method (method-key (event "method" "*")), :path (slashed (event "path"))})
    :else (fail file line (str "expected a method and a path, such as GET /hello, found " (pr-str event)))))

(defn- alb-routes [{:strs [conditions multiValueHeaders]}]
  (let [many (fn [x] (if (coll? x) x [x]))]
    (for [path   (many (get conditions "path" "/*"))
          method (many (get conditions "method" "*"))]
      {:source      :alb
       :method      (method-key method)
       :path        (str/replace (slashed path) #"\*$" "{proxy+}")
       :catch-all   (= "/*" path)
       :multi-value (boolean multiValueHeaders)})))

(defn- event-routes [file event]
  (let [[kind detail] (if (map? event) (first event) [event nil])
        line          (:line (meta event))]
    (case kind
      "http"    [(api-route file :rest detail line)]
      "httpApi" [(api-route file :http detail line)]
      "alb"     (alb-routes detail)
      [])))

(defn- read-function [file provider [name function]]
  (let [{:strs [clj events url timeout memorySize]} function
        line (:line (meta function))]
    (when clj
      (when-not (and (string? clj) (re-matches #"[^/\s]+/[^/\s]+" clj))
        (fail file line (str "the function " name " has clj: " (pr-str clj) ", expected namespace/name, such as example.core/hello")))
      {:name       name
       :handler    clj
       :timeout-ms (* 1000 (or timeout (get provider "timeout") 29))
       :memory-mb  (or memorySize (get provider "memorySize") 1769)
       :url        (boolean url)
       :routes     (vec (mapcat #(event-routes file %) events))})))

(defn parse
  "Returns the service that the serverless.yml `text` declares:

      {:service \"name\"
       :functions [{:name \"hello\" :handler \"example.core/hello\" :timeout-ms 29000 :memory-mb 1769 :url true
                    :routes [{:source :rest :method :get :path \"/hello\"}]}]}

  Functions without `clj` and events that aren't HTTP are left out. Throws ex-info of `:type`
  `:karamon.dev.service/bad-service` or `:karamon.dev.yaml/malformed` with the file and line in its message."
  [text file]
  (let [data      (yaml/parse text file)
        functions (when (map? data) (data "functions"))
        functions (if (vector? functions) (apply merge functions) functions)]
    (when-not (map? functions)
      (fail file nil "expected functions: with a function under it, such as hello: {clj: example.core/hello}"))
    {:service   (data "service")
     :functions (vec (keep #(read-function file (data "provider") %) functions))}))

(defn load-service
  "Returns the service that `file` declares, as `parse` does. Throws ex-info of `:type`
  `:karamon.dev.service/no-file` when there is no such file."
  [file]
  (when-not (.isFile (io/file file))
    (throw (ex-info (str "No " file " here: go to a project's folder, or name its file with --config") {:type ::no-file})))
  (parse (slurp file) file))
