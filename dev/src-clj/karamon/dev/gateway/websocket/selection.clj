(ns karamon.dev.gateway.websocket.selection
  "Route selection expressions of WebSocket APIs: `$request.body.action`, or with braces and text around it.
  https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html"
  (:require
   [clojure.string :as str])
  (:import
   (karamon.json JsonReader Keys)))

(set! *warn-on-reflection* true)

(def ^:private variable
  #"\$request\.body\.([\w.\-]+)|\$\{request\.body\.([\w.\-]+)\}")

(defn known?
  "Returns true if `expression` can be evaluated."
  [expression]
  (and (string? expression)
       (boolean (re-find variable expression))
       (not (str/includes? (str/replace expression variable "") "$"))))

(defn- value
  "Returns what is at a path such as \"a.b\" in the message, as text; nil unless it is a string, a number or a boolean."
  [message path]
  (let [found (reduce #(when (map? %1) (get %1 %2)) message (str/split path #"\."))]
    (when (or (string? found) (number? found) (boolean? found))
      (str found))))

(defn- parse [text]
  (try
    (JsonReader/read ^String text Keys/STRINGS)
    (catch RuntimeException _ nil)))

(defn message-route
  "Returns the route key of the message `text`; nil if it is no JSON, lacks what the expression names, or names the routes of
  connections."
  [expression text]
  (when (known? expression)
    (let [message (parse text)
          values  (for [[_ a b] (re-seq variable expression)] (value message (or a b)))
          key     (when (every? some? values)
                    (let [left (volatile! values)]
                      (str/replace expression variable (fn [_] (let [[v & more] @left] (vreset! left more) v)))))]
      (when-not (#{"$connect" "$disconnect"} key)
        key))))
