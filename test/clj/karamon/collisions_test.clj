(ns karamon.collisions-test
  "Names made to have one hash are refused by all that reads names from outside, before anything compares them with each other.
  The tests count keys, not seconds: at most 24 of one hash are ever in a table."
  (:require
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [clojure.test.check.clojure-test :refer [defspec]]
   [clojure.test.check.generators :as gen]
   [clojure.test.check.properties :as prop]
   [karamon.collisions :as collisions :refer [kinds]]
   [karamon.gateway :as gateway]
   [karamon.lambda :as lambda]
   [karamon.lambda.dynamodb :as dynamodb]
   [karamon.lambda.logs :as logs]
   [karamon.local :as local]
   [karamon.ring :as ring]
   [karamon.test-events :refer [event json-bytes request sources]])
  (:import
   (clojure.lang ExceptionInfo Keyword)
   (com.amazonaws.services.lambda.runtime ClientContext Context)
   (com.fasterxml.jackson.databind ObjectMapper)
   (java.io ByteArrayOutputStream)
   (java.lang.ref WeakReference)
   (java.util.zip GZIPOutputStream)
   (karamon.http BadRequest)
   (karamon.json ClojureModule CollidingKeys JsonReader Keys MalformedJson)
   (karamon.runtime Handlers)
   (karamon.test Depth)))

(set! *warn-on-reflection* true)

(def ^:private n 300)

(def ^:private ordinary (map #(str "name" %) (range n)))

(defn- object [names] (zipmap names (repeat "v")))

(defn- text ^String [data] (String. (json-bytes data) "UTF-8"))

(defn- invoked
  "Returns the request map for the event `m`, or throws BadRequest if the answer to it is a 400."
  [m]
  (let [seen   (atom nil)
        answer (local/invoke (fn [e _] (reset! seen e) {}) m {:log (fn [_])})]
    (when (= 400 (:status answer))
      (throw (ExceptionInfo. (str (:body answer)) {:karamon/response answer})))
    (is (nil? (:fault answer)))
    @seen))

(defn- http-readers
  "Returns the readers of the parts of an HTTP event from `source`."
  [source]
  (let [of (fn [part k]
             (fn [names] (part (invoked (event source (k names))))))]
    (cond->
      {[source :headers]       (of :headers #(hash-map "headers" (object %)))
       [source :multi-headers] (of :headers-all #(hash-map "multiValueHeaders" (update-vals (object %) vector)))
       [source :path]          (of :path-parameters #(hash-map "pathParameters" (object %)))
       [source :stage]         (of :stage-variables #(hash-map "stageVariables" (object %)))}
      (#{:rest :alb :websocket} source)
      (assoc [source :query]       (of :query #(hash-map "queryStringParameters" (object %)))
             [source :multi-query] (of :query-all #(hash-map "multiValueQueryStringParameters" (update-vals (object %) vector))))
      (#{:http :function-url} source)
      (assoc [source :query] (of :query #(hash-map "rawQueryString" (str/join "&" (map (fn [s] (str s "=v")) %))))))))

(defn- ring-request [request]
  (let [seen (atom nil)]
    ((ring/app (fn [e _] (reset! seen e) {})) (merge {:request-method :get, :uri "/", :headers {}} request))
    @seen))

(defn- custom-names
  "Returns the names in the context map for a client's context with `names`."
  [names]
  (let [seen    (atom nil)
        context (local/context {:log (fn [_])})
        client  (reify ClientContext
                  (getClient [_] nil)
                  (getCustom [_] (object names))
                  (getEnvironment [_] nil))]
    (.handle (Handlers/gateway "f" (fn [_ ctx] (reset! seen ctx) {}) nil)
             (json-bytes (event :rest {}))
             (reify Context
               (getAwsRequestId [_] "1")
               (getLogGroupName [_] "")
               (getLogStreamName [_] "")
               (getFunctionName [_] "f")
               (getFunctionVersion [_] "1")
               (getInvokedFunctionArn [_] "")
               (getIdentity [_] nil)
               (getClientContext [_] client)
               (getRemainingTimeInMillis [_] 10000)
               (getMemoryLimitInMB [_] 128)
               (getLogger [_] (.getLogger context))))
    (get-in @seen [:client-context :custom])))

(defn- gzip [^bytes bs]
  (let [out (ByteArrayOutputStream.)]
    (with-open [zip (GZIPOutputStream. out)] (.write zip bs))
    (.toByteArray out)))

(def ^:private ^ObjectMapper with-module (.registerModule (ObjectMapper.) (ClojureModule.)))

(def ^:private keyword-readers
  "Functions of names that return a map or a collection of as many, with keywords."
  (merge
    {:json-bytes  #(JsonReader/read (json-bytes (object %)) Keys/KEYWORDS)
     :json-text   #(JsonReader/read (text (object %)) Keys/KEYWORDS)
     :module      #(.readValue with-module (text (object %)) Object)
     :body        #(gateway/json {:body (text (object %))})
     :lambda-json #(lambda/json (text (object %)))
     :event       #(lambda/event (text (object %)))
     :read-event  #(lambda/event (object %))
     :eventbridge #(:detail (lambda/event {"source" "a", "detail-type" "b", "detail" (object %)}))
     :sqs         #(get-in (lambda/event {"Records" [{"eventSource"       "aws:sqs"
                                                      "messageAttributes" (update-vals (object %) (fn [v] {"stringValue" v}))}]})
                           [:records 0 :message-attributes])
     :image       #(get-in (lambda/event {"Records" [{"eventSource" "aws:dynamodb"
                                                      "dynamodb"    {"NewImage" (update-vals (object %) (fn [v] {"S" v}))}}]})
                           [:records 0 :dynamodb :new-image])
     :item        #(dynamodb/item (update-vals (object %) (fn [v] {"S" v})))
     :logs        #(get-in (logs/unzip (gzip (json-bytes {"logEvents" [{"extractedFields" (object %)}]}))) [:events 0 :fields])
     :ring        #(:headers (ring-request {:headers (object %)}))
     :ring-query  #(:query (ring-request {:query-string (str/join "&" (map (fn [s] (str s "=v")) %))}))
     :context     custom-names}
    (into {} (mapcat http-readers) sources)))

(def ^:private string-readers
  {:json-bytes  #(JsonReader/read (json-bytes (object %)) Keys/STRINGS)
   :json-text   #(JsonReader/read (text (object %)) Keys/STRINGS)
   :raw         #(get-in (request (event :rest {"body" "x", "other" (object %)}) {:raw true}) [:raw "other"])
   :cookies     #(:cookies (invoked (event :http {"cookies" (mapv (fn [s] (str s "=v")) %)})))
   :cookie      #(:cookies (invoked (event :rest {"headers" {"cookie" (str/join "; " (map (fn [s] (str s "=v")) %))}})))
   :ring-cookie #(:cookies (ring-request {:headers {"cookie" (str/join "; " (map (fn [s] (str s "=v")) %))}}))
   :members     #(dynamodb/value {"SS" (vec %)})})

(defn- outcome
  "Returns the number of names that `reader` read from `x`, or :refused if they were, with a declared error."
  [reader x]
  (try
    (count (reader x))
    (catch MalformedJson _ :refused)
    (catch BadRequest _ :refused)
    (catch ExceptionInfo e
      (if (or (= 400 (get-in (ex-data e) [:karamon/response :status])) (instance? MalformedJson (ex-cause e))) :refused (throw e)))))

;; Of symbols, whose hashes are those of keywords but for a constant. Keywords would stay in Clojure's table.
(deftest the-names-collide
  (let [code #(.hashCode (symbol %))
        one? (fn [hash kind] (apply = (map hash (take n (kinds kind)))))]
    (is (every? #(apply distinct? (take n %)) (vals kinds)))
    (is (and (one? hash :hash-code) (one? code :hash-code)))
    (is (one? (comp hash symbol) :hasheq))
    (is (and (one? hash :both) (one? code :both) (one? (comp hash symbol) :both)))))

(deftest every-reader-reads-ordinary-names
  (doseq [[reader f] (concat keyword-readers string-readers)]
    (testing reader
      (is (= n (outcome f ordinary))))))

(deftest no-reader-reads-keywords-of-one-hash
  (doseq [[reader f] keyword-readers, [kind names] kinds]
    (testing [reader kind]
      (is (= :refused (outcome f (take n names)))))))

(deftest no-reader-reads-strings-of-one-hash
  (doseq [[reader f] string-readers, [kind names] kinds]
    (testing [reader kind]
      (is (= (if (= :hasheq kind) n :refused) (outcome f (take n names)))))))

(deftest keywords-of-one-hash-are-refused-wherever-they-are
  (testing "in as many objects"
    (is (= :refused (outcome #(JsonReader/read (json-bytes (mapv (fn [s] {s 1}) %)) Keys/KEYWORDS) (take n (kinds :both))))))
  (testing "in as many documents"
    (is (= :refused (outcome #(mapv (fn [s] (JsonReader/read (json-bytes {s 1}) Keys/KEYWORDS)) %) (take n (kinds :both)))))))

(deftest up-to-24-names-of-one-hash-are-read
  (let [read #(JsonReader/read (json-bytes (object %)) Keys/STRINGS)]
    (is (= 124 (outcome read (concat (take 100 ordinary) (take 24 (collisions/same-hash-code))))))
    (is (= :refused (outcome read (concat (take 100 ordinary) (take 25 (collisions/same-hash-code))))))))

(deftest a-name-that-comes-often-is-no-collision
  (let [often (fn [name] (str "{" (str/join "," (repeat n (str "\"" name "\":1"))) "}"))]
    (is (= {:a 1} (JsonReader/read ^String (often "a") Keys/KEYWORDS)))
    (is (= {:a "1"} (:query (request (event :http {"rawQueryString" (str/join "&" (repeat n "a=1"))})))))
    (is (= {"a" "1"} (:cookies (request (event :http {"headers" {"cookie" (str/join ";" (repeat n "a=1"))}})))))))

(defn- made
  "Returns what remembers the names of keywords. While a test has it, a garbage collection drops the keywords only, as a collection
  of young objects may."
  []
  (let [field (doto (.getDeclaredField (Class/forName "karamon.json.Collisions") "made") (.setAccessible true))]
    (.get ^WeakReference (.get field nil))))

(defn- collected? [name]
  (System/gc)
  (nil? (Keyword/find (symbol name))))

(deftest a-name-whose-keyword-was-collected-is-read-again
  (Keys/keyword "begins-the-record-of-names")
  (let [names (made)]
    (testing "a name that isn't kept, again and again"
      (is (every? true? (repeatedly 30 (fn []
                                         (Keys/keyword "name-that-nobody-keeps")
                                         (while (not (collected? "name-that-nobody-keeps")))
                                         true)))))
    (testing "an ordinary name after many that were made to have its hash"
      (let [[ordinary & others] (map #(str "of-this-test-" %) (collisions/same-hash-code))]
        (run! #(Keys/keyword %) (take 24 others))
        (while (not-every? collected? (take 24 others)))
        (is (= ordinary (name (Keys/keyword ordinary))))))
    (is (some? names))))

(deftest the-error-names-one-name-and-its-place
  (is (re-matches #"Expected at most 24 names with the same hash, found more, such as [abc~_@]{20} \(line 1, column \d+\)"
                  (ex-message (is (thrown? CollidingKeys (JsonReader/read (json-bytes (object (take n (kinds :hash-code)))) Keys/STRINGS))))))
  (is (re-matches #"The request can't be read: Expected at most 24 names .*"
                  (ex-message (is (thrown? BadRequest (request (event :http {"rawQueryString" (str/join "&" (take n (kinds :both)))}))))))))

(def ^:private groups
  "Generates names with one hash in groups of up to 27, each name up to twice, among more ordinary names than an array map has,
  since that needs no hashes; and the size of the largest group."
  (gen/let [sizes (gen/vector (gen/one-of [(gen/choose 0 20) (gen/choose 22 27)]) 0 6)
            kind  (gen/elements [:hasheq :hash-code])
            twice gen/boolean
            other (gen/choose 33 100)
            names (gen/return (mapcat (fn [i size] (map #(str % "-" i) (take size (kinds kind)))) (range) sizes))
            names (gen/shuffle (concat names (when twice names) (take other ordinary)))]
    {:names names, :largest (reduce max 0 sizes), :keys (if (= :hasheq kind) Keys/KEYWORDS Keys/STRINGS), :key (if (= :hasheq kind) keyword identity)}))

(defspec names-are-refused-if-and-only-if-too-many-have-one-hash {:num-tests (Depth/times 100 500), :seed 91}
  (prop/for-all [{:keys [names largest keys key]} groups]
    (let [json (str "{" (str/join "," (map-indexed #(str (text %2) ":" %1) names)) "}")
          read (try (JsonReader/read json ^Keys keys) (catch CollidingKeys _ :refused))]
      (= read (if (< 24 largest) :refused (into {} (map-indexed (fn [i s] [(key s) i])) names))))))

;; Jackson keeps the names that it read, for all that it reads later, in hash tables of its own.

(def ^:private same-33-hash
  "Names that collide in Jackson's table for text."
  (reduce (fn [all _] (for [head all, pair ["az" "bY" "c8"]] (str head pair))) [""] (range 8)))

(def ^:private same-quads
  "Names of eight characters that collide in Jackson's table for bytes: two hash steps that cancel each other, four bytes each."
  (let [int32  #(bit-and (long %) 0xffffffff)
        quad   (fn [^String s] (reduce (fn [q b] (bit-or (bit-shift-left (long q) 8) (long b))) 0 (.getBytes s)))
        first4 (fn [s]
                 (let [q (long (quad s))
                       h (int32 (+ q (bit-shift-right q 15)))]
                   (bit-xor h (bit-shift-right h 9))))
        third  (.longValue (.modInverse (biginteger 33) (.shiftLeft BigInteger/ONE 32)))
        target (int32 (+ (long (first4 "aaaa")) (* 33 (long (quad "aaaa")))))
        letter "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    (for [a letter, b letter, c letter, d letter
          :let  [start (str a b c d)
                 rest4 (int32 (unchecked-multiply third (- target (long (first4 start)))))
                 bytes (map #(bit-and 0xff (bit-shift-right rest4 %)) [24 16 8 0])]
          :when (every? #(and (< 0x2f % 0x7f) (not= 0x5c %)) bytes)]
      (apply str start (map char bytes)))))

(deftest names-that-collide-in-jacksons-table-fail-no-other-json
  (doseq [[what names input read] [[:bytes same-quads json-bytes #(JsonReader/read ^bytes % Keys/STRINGS)]
                                   [:text same-33-hash text #(JsonReader/read ^String % Keys/STRINGS)]]
          :let                    [attack (input (object (take 10000 names)))]]
    (testing what
      (is (= :refused (outcome read attack)))
      (dotimes [i 50]
        (outcome read attack)
        (is (= 50 (outcome read (input (object (map #(str "field" i "x" %) (range 50)))))))))))
