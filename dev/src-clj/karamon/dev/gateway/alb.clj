(ns karamon.dev.gateway.alb
  "The conditions of a load balancer's rules, and whether a request meets them.
  https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html"
  (:require
   [clojure.string :as str]
   [karamon.dev.gateway.access :as access])
  (:import
   (java.net InetAddress URLDecoder)
   (karamon.text Shown)))

(set! *warn-on-reflection* true)

(def ^:private host-suffix ".alb.localhost")

(defn- many [x]
  (cond
    (nil? x)    []
    (vector? x) x
    :else       [x]))

(defn- texts [x]
  (mapv str (many x)))

(defn- headers
  "Returns the header conditions, maps of `:name` and `:values`, of a map or a list of maps."
  [x wrong]
  (for [{:strs [name values] :as condition} (many x)]
    (if (and (string? name) (some? values))
      {:name (str/lower-case name), :values (texts values)}
      (wrong "expected a header condition, such as {name: X-Kind, values: [a]}, found " (Shown/of condition)))))

(defn- query
  "Returns the query condition as pairs of a name, or nil for any, and a value. One of them must be in the request."
  [x wrong]
  (cond
    (map? x) (vec (for [[k v] x, value (texts v)] [k value]))
    (nil? x) []
    :else    (wrong "expected a query condition, such as {kind: a}, found " (Shown/of x))))

(defn conditions
  "Returns the conditions of a rule other than its paths and methods: `:host`, `:header`, `:query` and `:ip`, those that are there.
  `wrong` is called with the words of an error."
  [declared wrong]
  (into {} (filter (comp seq val))
        {:host   (texts (declared "host"))
         :header (vec (headers (declared "header") wrong))
         :query  (query (declared "query") wrong)
         :ip     (texts (declared "ip"))}))

(defn- like?
  "Returns true if `text` matches `pattern`, in which `*` is any text and `?` one character. The time is at most the product of both
  lengths, unlike that of a regex."
  [^String pattern ^String text]
  (let [m (.length pattern)
        n (.length text)]
    (loop [i 0, j 0, star -1, mark 0]
      (let [more? (< i m)
            c     (char (if more? (.charAt pattern i) 0))]
        (cond
          (and more? (= \* c)) (recur (inc i) j i j)
          (and more? (< j n) (or (= \? c) (= c (.charAt text j)))) (recur (inc i) (inc j) star mark)
          (and (not more?) (= j n)) true
          (and (<= 0 star) (< mark n)) (recur (inc star) (inc mark) star (inc mark))
          :else false)))))

(defn- like-any? [patterns text]
  (boolean (some #(like? (str/lower-case %) (str/lower-case text)) patterns)))

(defn path-like?
  "Returns true if `path` matches a path pattern."
  [pattern path]
  (like? pattern path))

(defn own-host
  "Returns the host that a request is for: without .alb.localhost, under which every host resolves to this machine. Nil for a name or
  address of this machine itself."
  [host]
  (let [host (str/lower-case (or host ""))]
    (cond
      (str/ends-with? host host-suffix) (subs host 0 (- (count host) (count host-suffix)))
      (access/loopback? host)           nil
      (= "" host)                       nil
      :else                             host)))

(defn with-own-host
  "Returns the headers with the host that a condition declares in place of one under .alb.localhost."
  [headers]
  (into (empty headers)
        (for [[^String k values] headers]
          [k (if (.equalsIgnoreCase "host" k) (mapv #(str/replace % #"(?i)\.alb\.localhost(:\d+)?$" "") values) values)])))

(defn reachable-host
  "Returns a host by which a request on this machine meets a host condition; nil if there is none."
  [{:keys [host]}]
  (some-> (first host) (str/replace "*" "any") (str/replace "?" "x") (str host-suffix)))

(defn declared-host?
  "Returns true if `host` is one of `patterns`. The last two labels of such a pattern must be plain, else any host would match."
  [patterns host]
  (like-any? (filter #(re-find #"(?:^|[.*?])[^.*?]+\.[^.*?]+$" %) patterns) host))

(defn- decode [text]
  (try
    (URLDecoder/decode ^String text "UTF-8")
    (catch IllegalArgumentException _ text)))

(defn- query-pairs [query-string]
  (for [pair (str/split (or query-string "") #"&") :when (seq pair)]
    (mapv decode (take 2 (concat (str/split pair #"=" 2) [""])))))

(defn- bits
  "Returns the bytes of an address as a number; nil if it is none, or a name."
  [text]
  (when (re-matches #"[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*" text)
    (try
      (let [bytes (.getAddress (InetAddress/getByName text))]
        [(BigInteger. 1 bytes) (* 8 (alength bytes))])
      (catch java.net.UnknownHostException _ nil))))

(defn- in-range?
  "Returns true if `address` is in the CIDR `range`, such as 10.0.0.0/8."
  [range address]
  (let [[base size]     (str/split range #"/")
        [^BigInteger a n] (bits address)
        [^BigInteger b m] (bits base)
        size            (or (some-> size parse-long) m)]
    (boolean (and a b (= n m) (<= 0 size m)
                  (.equals (.shiftRight a (- m size)) (.shiftRight b (- m size)))))))

(defn- header-values [headers ^String name]
  (mapcat val (filter #(.equalsIgnoreCase name (key %)) headers)))

(defn- client
  "Returns the address that an `ip` condition is about: the last one of x-forwarded-for, by which a request on this machine may
  come from anywhere; nil for a request without it."
  [headers]
  (some-> (last (header-values headers "x-forwarded-for")) (str/split #",") last str/trim))

(defn met?
  "Returns true if a request to `host` meets the conditions. `request` has `:headers`, names to vectors, and
  `:query-string`. The names and addresses of this machine meet every `:host` and `:ip`, since they could meet none."
  [conditions host {:keys [headers query-string]}]
  (let [host   (own-host host)
        client (client headers)]
    (and (or (nil? host) (empty? (:host conditions)) (like-any? (:host conditions) host))
         (every? (fn [{:keys [name values]}] (some #(like-any? values %) (header-values headers name))) (:header conditions))
         (or (empty? (:query conditions))
             (some (fn [[k v]]
                     (some (fn [[name value]]
                             (and (or (nil? k) (like-any? [k] name)) (like-any? [v] value)))
                           (query-pairs query-string)))
                   (:query conditions)))
         (or (nil? client) (empty? (:ip conditions)) (some #(in-range? % client) (:ip conditions))))))

(defn description
  "Returns the conditions in words; nil if there are none."
  [{:keys [host header query ip]}]
  (let [parts (concat (map #(str "host " %) host)
                      (for [{:keys [name values]} header] (str "header " name ": " (str/join " or " values)))
                      (for [[k v] query] (str "query " k "=" v))
                      (map #(str "ip " %) ip))]
    (when (seq parts)
      (str/join ", " parts))))
