(ns karamon.local.reply
  "Reads a function's reply as strictly as the calling service would: a reply that API Gateway or a load balancer would refuse
  is a 502 here too, with the reason. `karamon.local` is the documented API."
  (:require
   [clojure.string :as str])
  (:import
   (java.util Base64)
   (karamon.http HeaderRules Source)
   (karamon.json JsonReader JsonWriter Keys)
   (karamon.text Shown)))

(set! *warn-on-reflection* true)

(def ^:private known-keys
  {:rest         #{"statusCode" "headers" "multiValueHeaders" "body" "isBase64Encoded"}
   :websocket    #{"statusCode" "headers" "multiValueHeaders" "body" "isBase64Encoded"}
   :http         #{"statusCode" "headers" "cookies" "body" "isBase64Encoded"}
   :http-1.0     #{"statusCode" "headers" "multiValueHeaders" "body" "isBase64Encoded"}
   :function-url #{"statusCode" "headers" "cookies" "body" "isBase64Encoded"}
   :alb          #{"statusCode" "statusDescription" "headers" "multiValueHeaders" "body" "isBase64Encoded"}
   :lattice      #{"statusCode" "statusDescription" "headers" "body" "isBase64Encoded"}})

(defn- header-pairs [reply]
  (concat (for [[k v] (reply "headers")] [(str/lower-case k) v])
          (for [[k vs] (reply "multiValueHeaders"), v vs] [(str/lower-case k) v])
          (for [v (reply "cookies")] ["set-cookie" v])))

(defn- fault
  "Returns the reason why `source` would refuse `reply`, or why HTTP can't transfer it; nil if there is none. HTTP APIs ignore
  unknown keys, and so lose their values; here unknown keys are a fault."
  [source bytes-count reply]
  (let [limit  (.replyBytes (Source/of source))
        status (when (map? reply) (reply "statusCode"))
        texts? #(and (map? %) (every? string? (vals %)))]
    (cond
      (> bytes-count limit)         (str "the reply has " bytes-count " bytes, more than " limit)
      (not (map? reply))            "the reply isn't an object"
      (seq (remove (known-keys source) (keys reply)))
      (str "the reply has unknown keys: " (str/join ", " (remove (known-keys source) (keys reply))))
      (not (and (int? status) (<= 200 status 599))) (str "statusCode is " (Shown/of status))
      (and (= :alb source) (not (re-matches #"\d{3} .+" (str (reply "statusDescription")))))
      (str "statusDescription is " (Shown/of (reply "statusDescription")))
      (not (texts? (reply "headers" {}))) "headers must be strings"
      (not (every? #(every? string? %) (vals (reply "multiValueHeaders" {})))) "multiValueHeaders must be arrays of strings"
      (and (seq (reply "headers")) (seq (reply "multiValueHeaders"))) "headers and multiValueHeaders are merged"
      (not (every? string? (reply "cookies" []))) "cookies must be strings"
      (not (or (nil? (reply "body")) (string? (reply "body")))) "body must be a string"
      :else (some (fn [[k v]]
                    (when-not (and (HeaderRules/isToken k) (HeaderRules/isValue v))
                      (str "HTTP doesn't allow the header " (Shown/of k) " with the value " (Shown/of v))))
                  (header-pairs reply)))))

(defn- scalar-text [x]
  (if (or (number? x) (boolean? x)) (str x) x))

(defn- lenient
  "Returns the reply with what API Gateway takes as well, though its documentation has other types: a statusCode of digits in a
  string, and numbers and booleans as values of headers. A load balancer takes neither.
  https://github.com/adamchainz/apig-wsgi/issues/52 https://github.com/jeremydaly/lambda-api/issues/117"
  [source {:strs [statusCode headers] :as reply}]
  (if (#{:rest :http :websocket} source)
    (cond-> reply
      (and (string? statusCode) (re-matches #"\d{3}" statusCode)) (update "statusCode" parse-long)
      (map? headers)                                              (update "headers" update-vals scalar-text))
    reply))

(defn- as-accepted
  "Returns the reply as its service interprets it. For HTTP APIs and function URLs, a reply without a statusCode is the body of
  a 200 in JSON (payload format 2.0). Null members count as missing."
  [source reply]
  (cond
    (and (#{:http :function-url} source) (not (and (map? reply) (contains? reply "statusCode"))))
    {"statusCode" 200
     "headers"    {"content-type" "application/json"}
     "body"       (if (string? reply) reply (JsonWriter/string reply))}
    (map? reply) (lenient source (into {} (filter (comp some? val)) reply))
    :else        reply))

(defn read-reply
  "Returns the response that a client gets from `source` for the reply's `bytes`: `:status`, `:headers` (lower-case string to
  vector of values) and `:body` (bytes, nil for none). A reply that the service would refuse is a 502, with `:fault`."
  [source ^bytes bytes]
  (let [reply (as-accepted source (JsonReader/read bytes Keys/STRINGS))]
    (if-let [why (fault source (alength bytes) reply)]
      {:status  502
       :headers {"content-type" ["application/json"]}
       :body    (.getBytes "{\"message\":\"Internal server error\"}")
       :fault   why}
      {:status  (reply "statusCode")
       :headers (reduce (fn [m [k v]] (update m k (fnil conj []) v)) {} (header-pairs reply))
       :body    (when-let [^String body (reply "body")]
                  (if (reply "isBase64Encoded")
                    (.decode (Base64/getDecoder) body)
                    (.getBytes body "UTF-8")))})))
