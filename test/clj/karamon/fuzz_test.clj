(ns karamon.fuzz-test
  "Our sample events with random changes, the same in each run: only declared errors are thrown, and every reply is valid for
  its source."
  (:require
   [clojure.test :refer [deftest is]]
   [karamon.gateway :as gateway]
   [karamon.local :as local]
   [karamon.local.reply :as reply]
   [karamon.test-events :refer [exchange json-bytes read-json sample-bytes]])
  (:import
   (java.io ByteArrayOutputStream)
   (java.util Arrays Random)
   (karamon.http NotHttpEvent)
   (karamon.json MalformedJson)
   (karamon.runtime Handler Handlers)
   (karamon.test Depth)))

(set! *warn-on-reflection* true)

(def ^:private samples
  ["rest" "http-api" "function-url" "alb" "alb-multi-value" "websocket-connect" "websocket-message" "sqs"])

(def ^:private ^Handler handler
  (Handlers/gateway "fuzz"
                    (fn [{:keys [path headers headers-all cookies query-all body] :as event} _]
                      {:status  (if (:query-string event) 201 200)
                       :headers {:x-path path, :content-type (:content-type headers)}
                       :body    (if (bytes? body) body {:headers headers-all, :query query-all, :cookies cookies, :body body})})
                    (gateway/options {:raw true})))

(defn- pick [^Random random xs] (nth xs (.nextInt random (count xs))))

(defn- join ^bytes [& parts]
  (let [out (ByteArrayOutputStream.)]
    (doseq [^bytes part parts]
      (.write out part 0 (alength part)))
    (.toByteArray out)))

(defn- mutate-bytes
  "Returns the bytes with one to four of them changed, removed, duplicated or replaced by bytes that are special in JSON."
  ^bytes [^Random random ^bytes bs]
  (loop [bs (Arrays/copyOf bs (alength bs)), n (inc (.nextInt random 4))]
    (if (or (zero? n) (zero? (alength bs)))
      bs
      (let [at   (.nextInt random (alength bs))
            end  (min (alength bs) (+ at 1 (.nextInt random 20)))
            head (Arrays/copyOfRange bs 0 at)
            tail (Arrays/copyOfRange bs end (alength bs))
            some (Arrays/copyOfRange bs at end)
            mid  (case (.nextInt random 5)
                   0 (doto some (aset 0 (unchecked-byte (.nextInt random 256))))
                   1 (byte-array 0)
                   2 (join some some)
                   3 (.getBytes ^String (pick random ["\"" "{" "}" "[" "]" "," ":" "null" "1e999" "\\ud800" "\\" "%" "-" "true"]))
                   4 (byte-array [(unchecked-byte 0xff)]))]
        (recur (join head mid tail) (dec n))))))

(def ^:private scalars
  [nil true false 0 -1 1.5 1e300 99999999999999999999N "" "x" "ü😀" "%" "%zz" "\ud800" "=" "a=1; b" "\r\n" [] {} [nil] {"" nil} "2.0" "1.0"])

(defn- mutate-data
  "Returns the data with one of its parts removed, renamed, or moved to another's place."
  [^Random random data]
  (cond
    (or (zero? (.nextInt random 6)) (not (coll? data)) (empty? data))
    (pick random scalars)

    (map? data)
    (let [k (pick random (vec (keys data)))]
      (case (.nextInt random 8)
        0 (dissoc data k)
        1 (-> (dissoc data k) (assoc (str (pick random ["x" "" "HOST" "elb" "connectionId"])) (data k)))
        2 (assoc data k (data (pick random (vec (keys data)))))
        (assoc data k (mutate-data random (data k)))))

    :else
    (let [at (.nextInt random (count data))]
      (assoc data at (mutate-data random (nth data at))))))

(defn- fault
  "Returns the problem with the answer to an event; nil if there is none."
  [^bytes event]
  (try
    (let [reply (.handle handler event (local/context {:log (fn [_])}))]
      (:fault (reply/read-reply (.keyword (.source (exchange event))) reply)))
    (catch MalformedJson _)
    (catch NotHttpEvent _)
    (catch Throwable e (str e))))

(defn- faults [seed n change]
  (let [random (Random. seed)]
    (into [] (comp (map (fn [_] (change random (pick random samples))))
                   (keep (fn [event] (when-let [why (fault event)] [why (String. ^bytes event "UTF-8")])))
                   (take 3))
          (range n))))

(deftest changed-bytes-result-in-a-reply-or-a-declared-error
  (let [all (into {} (map (juxt identity sample-bytes)) samples)]
    (is (= [] (faults 1 (Depth/times 3000 10000) (fn [random sample] (mutate-bytes random (all sample))))))))

(deftest changed-data-results-in-a-reply-or-a-declared-error
  (let [all (into {} (map (juxt identity (comp read-json sample-bytes))) samples)]
    (is (= [] (faults 2 (Depth/times 5000 20000) (fn [random sample]
                                                   (json-bytes (nth (iterate #(mutate-data random %) (all sample))
                                                                    (inc (.nextInt ^Random random 3))))))))))

(deftest not-all-changed-events-are-errors
  (let [random (Random. 3)
        read   (read-json (sample-bytes "rest"))
        ok     (count (filter #(try (exchange %) (catch Exception _)) (repeatedly 500 #(mutate-data random read))))]
    (is (< 100 ok 500))))
