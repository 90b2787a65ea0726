(ns karamon.test-events
  "Helpers for tests of events: make events from literal maps, and run both directions of an Exchange."
  (:require
   [clojure.java.io :as io])
  (:import
   (java.nio.file Files)
   (karamon.http Exchange ReadOptions Source)
   (karamon.json JsonReader JsonWriter Keys)))

(set! *warn-on-reflection* true)

(def smallest
  "The smallest event of each source."
  {:rest         {"httpMethod" "GET", "path" "/", "requestContext" {}}
   :http         {"version" "2.0", "rawPath" "/", "requestContext" {"http" {"method" "GET"}, "stage" "$default"}}
   :http-1.0     {"version" "1.0", "httpMethod" "GET", "path" "/", "requestContext" {"stage" "$default"}}
   :function-url {"version" "2.0", "rawPath" "/", "requestContext" {"http" {"method" "GET"}, "domainName" "a.lambda-url.b"}}
   :alb          {"httpMethod" "GET", "path" "/", "requestContext" {"elb" {}}}
   :lattice      {"version" "2.0", "method" "GET", "path" "/", "requestContext" {"serviceArn" "s"}}
   :websocket    {"requestContext" {"connectionId" "c", "routeKey" "$default"}}})

(def sources (sort (keys smallest)))

(defn event
  "Returns the smallest event of a source with `fields` merged in, at every level."
  [source fields]
  (letfn [(deep [a b] (if (and (map? a) (map? b)) (merge-with deep a b) b))]
    (deep (smallest source) fields)))

(defn json-bytes ^bytes [data] (JsonWriter/bytes ^Object data))

(defn read-json [^bytes json] (JsonReader/read json Keys/STRINGS))

(defn sample-bytes
  "Returns the bytes of one of our event files."
  ^bytes [file-name]
  (Files/readAllBytes (.toPath (io/file "test/resources/events" (str file-name ".json")))))

(defn exchange
  "Returns an Exchange of an event: bytes, or data with string keys. `options` may have `:base-path :source :raw`."
  (^Exchange [e] (exchange e {}))
  (^Exchange [e {:keys [base-path source raw]}]
   (Exchange/of (if (bytes? e) e (json-bytes e)) (ReadOptions. base-path (Source/of source) (boolean raw)))))

(defn request
  "Returns the request map of an event."
  ([e] (request e {}))
  ([e options] (.request (exchange e options))))

(defn reply
  "Returns the reply for a response map, as data with string keys. `to` is a source, or an event."
  [to response]
  (read-json (.reply (exchange (if (keyword? to) (smallest to) to)) response)))
