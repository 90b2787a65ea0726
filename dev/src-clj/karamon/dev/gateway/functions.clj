(ns karamon.dev.gateway.functions
  "Reads `functions:` of serverless.yml: those written in Clojure (`clj: namespace/name`), with their events and settings."
  (:require
   [clojure.string :as str]
   [karamon.dev.gateway.events :as events :refer [variable?]]
   [karamon.dev.gateway.place :as place]
   [karamon.dev.gateway.variables :as variables]
   [karamon.dev.gateway.variables.resolver :as resolver]
   [karamon.dev.gateway.yaml :as yaml])
  (:import
   (karamon.text Nearest Shown)))

(set! *warn-on-reflection* true)

(def ^:private wanted
  "The settings of functions that count here."
  #{"clj" "events" "url" "timeout" "memorySize" "environment" "httpApi"})

(defn- cloud-formation?
  "Returns true if `x` is a function of CloudFormation, whose value isn't known here."
  [x]
  (and (map? x) (= 1 (count x)) (boolean (re-matches #"Ref|Condition|Fn::\w+" (key (first x))))))

(defn number
  "Returns the whole number under `k`; nil if there is none, or if it isn't known."
  [m k]
  (let [x (get m k)]
    (cond
      (or (nil? x) (variable? x) (cloud-formation? x)) nil
      (re-matches #"\d{1,6}" (str x))                  (parse-long (str x))
      :else (place/fail (place/of m k) k " must be a whole number, found " (Shown/of x)))))

(defn unknown-numbers
  "Returns a warning for each number of `m` that is a function of CloudFormation."
  [what m]
  (for [k ["timeout" "memorySize"] :when (cloud-formation? (get m k))]
    (place/message (place/of m k) k " of " what " is " (Shown/of (get m k)) ", which only CloudFormation knows: the default is used")))

(defn environment
  "Returns the environment variables that `m` declares, without those whose values only CloudFormation knows, and a warning about
  these."
  [what m]
  (let [declared (get m "environment")
        {known false, unknown true} (group-by (comp cloud-formation? val) (when (map? declared) declared))]
    {:environment (into {} (for [[k v] known :when (some? v)] [k (str v)]))
     :warnings    (when unknown
                    [(place/message (place/of m "environment") "environment of " what ": only CloudFormation knows "
                                    (str/join ", " (map key unknown)) ", left out")])}))

(defn- pieces
  "Returns the nodes of the maps of functions; `functions:` may be a map or a list of maps. Lists may be within lists, by files."
  [resolver [x :as node]]
  (if (vector? x)
    (mapcat #(pieces resolver (variables/child resolver node %)) (range (count x)))
    [node]))

(defn- of-piece [resolver [m location :as node]]
  (cond
    (map? m) (for [name (keys m)]
               {:name name, :node (variables/child resolver node name), :at (place/of m name)})
    (or (nil? m) (resolver/unknown? m)) []
    :else [{:name (str m), :node [m location], :at (:at location)}]))

(defn- entries
  "Returns a map of `:name`, `:nodes` and its place `:at` for each function. One that occurs again in a list has several nodes, of
  which Serverless merges the maps."
  [resolver]
  (let [found (mapcat #(of-piece resolver %) (pieces resolver (variables/node resolver ["functions"])))
        nodes (group-by :name found)]
    (for [name (distinct (map :name found))]
      {:name name, :at (:at (first (nodes name))), :nodes (map :node (nodes name))})))

(defn- clojure? [{:keys [nodes]}]
  (some (fn [[x]] (and (map? x) (contains? x "clj"))) nodes))

(defn- merged
  "Returns the map or list `a` with what `b` has of the same kind put over it, at all levels; else `b`."
  [a b]
  (cond
    (and (map? a) (map? b))
    (let [places (merge (into {} (map (fn [k] [k (place/of a k)])) (keys a))
                        (into {} (map (fn [k] [k (place/of b k)])) (keys b)))]
      (with-meta (yaml/ordered (for [k (distinct (concat (keys a) (keys b)))]
                                 [k (cond
                                      (not (contains? b k)) (a k)
                                      (not (contains? a k)) (b k)
                                      :else                 (merged (a k) (b k)))]))
                 (assoc (meta a) :places places)))
    (and (vector? a) (vector? b)) (with-meta (into (mapv merged a b) (drop (count a) b)) (meta (if (< (count a) (count b)) b a)))
    :else b))

(defn- function
  "Returns the map of a function written in Clojure, resolved."
  [resolver {:keys [nodes]}]
  (reduce merged (keep #(variables/select resolver % wanted) nodes)))

(defn- left-out
  "Returns the warning for a function without `clj`; nil if it is in another language, or unknown, which has a warning. Throws if it
  looks like a mistake."
  [{:keys [name at nodes]}]
  (let [x    (ffirst nodes)
        near (when (map? x) (some #(when (Nearest/to % ["clj"]) %) (keys x)))]
    (cond
      (or (nil? x) (resolver/unknown? x)) nil
      (not (map? x))
      (place/fail at "the function " name " is " (Shown/of x) ", expected a map, such as {clj: example.core/hello}")
      (or (x "handler") (x "image")) nil
      near  (place/fail (place/of x near) "the function " name " has " near ". Did you mean clj?")
      :else (place/message at "the function " name " has no clj: namespace/name, and no handler or image: left out"))))

(defn- read-events [name {:strs [events] :as function} http-api]
  (when-not (or (nil? events) (vector? events) (variable? events))
    (place/fail (place/of function "events") "events of " name " must be a list, each such as - http: GET /hello"))
  (apply merge-with into {:routes [], :websocket [], :others [], :warnings []}
         (when (vector? events)
           (map-indexed (fn [i event] (events/read-event event {:at (place/of events i), :http-api http-api})) events))))

(defn- http-api
  "Returns `httpApi` of the provider with the function's own `payload`, a string: YAML's 1.0 is a number."
  [provider function]
  (let [payload (some #(get-in % ["httpApi" "payload"]) [function provider])]
    (cond-> (get provider "httpApi")
      payload (assoc "payload" (if (#{"1.0" "1"} (str payload)) "1.0" "2.0")))))

(defn- read-function
  "Returns a function as `karamon.dev.gateway.service/parse` describes it, and its `:warnings`. `shared` is the provider's environment."
  [provider shared name {:strs [clj url] :as function}]
  (let [events (read-events name function (http-api provider function))
        own    (environment name function)]
    {:name        name
     :handler     clj
     :timeout-ms  (* 1000 (or (number function "timeout") (number provider "timeout") 29))
     :memory-mb   (or (number function "memorySize") (number provider "memorySize") 1769)
     :url         (if (variable? url) false (or url false))
     :environment (merge shared (:environment own))
     :routes      (:routes events)
     :websocket   (:websocket events)
     :others      (:others events)
     :warnings    (concat (unknown-numbers name function) (:warnings own) (:warnings events))}))

(def ^:private deployed
  {:rest "the last one answers when deployed"
   :http "Serverless refuses to deploy it"})

(defn- duplicates
  "Returns a warning for each route that an earlier one has too."
  [functions]
  (let [routes (for [f functions, route (:routes f) :when (deployed (:source route))]
                 (assoc route :function (:name f)))
        same   (group-by (juxt :source :method :path) routes)]
    (for [{:keys [source method path function] :as route} routes
          :let  [found (first (same [source method path]))]
          :when (not (identical? route found))]
      (place/message route (str/upper-case (name method)) " " path " of " function " is that of " (:function found) " at "
                     (place/text found) ", which answers here; " (deployed source)))))

(defn- check-handler [name {:strs [clj] :as function}]
  (when-not (and (string? clj) (re-matches #"[^/\s]+/[^/\s]+" clj))
    (place/fail (place/of function "clj")
                "the function " name " has clj: " (Shown/of clj) ", expected namespace/name, such as example.core/hello")))

(defn read-all
  "Returns the `:functions` written in Clojure, and the `:warnings`. `provider` is the provider's map."
  [resolver provider shared]
  (let [{ours true, others false} (group-by (comp boolean clojure?) (entries resolver))
        read (vec (for [{:keys [name] :as entry} ours
                        :let  [{:strs [clj] :as found} (function resolver entry)]
                        :when (not (variable? clj))]
                    (do (check-handler name found)
                        (read-function provider shared name found))))]
    {:functions (mapv #(dissoc % :warnings) read)
     :warnings  (concat (mapcat :warnings read) (duplicates read) (keep left-out others))}))

(defn handlers
  "Returns the handlers of the functions written in Clojure, without those that aren't known."
  [resolver]
  (distinct (for [entry (entries resolver)
                  :when (clojure? entry)
                  :let  [{:strs [clj]} (reduce merged (keep #(variables/select resolver % #{"clj"}) (:nodes entry)))]
                  :when (and (string? clj) (not (variable? clj)))]
              clj)))
