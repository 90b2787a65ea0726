(ns karamon.dev.console.record-test
  (:require
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.dev.console.record :as record]
   [karamon.dev.console.view :as view]
   [karamon.local :as local])
  (:import
   (karamon.json JsonReader JsonWriter Keys)
   (karamon.runtime Handlers)))

(set! *warn-on-reflection* true)

(defn- json ^bytes [x]
  (JsonWriter/bytes ^Object x))

(defn- invoke
  "Invokes a function as a gateway handler as the gateway does, and returns what is known of it."
  [store f request]
  (let [record  (record/begin store {:method :get, :path (:path request "/"), :headers {}})
        payload (json (local/event request))
        log     (record/logger record (fn [_]))]
    (record/called record {:name "f", :handler "shop/f"} payload)
    (let [context (record/observed record (local/context {:log log}))
          handler (Handlers/gateway "shop/f" f nil)
          reply   (record/handle record #(try (local/handle handler payload context) (catch Throwable e e)))]
      (record/finish record {:status 200, :headers {}, :body (when (bytes? reply) reply)}))
    (record/known record)))

(deftest an-invocation-is-recorded-with-its-maps-and-times
  (let [known (invoke (record/store) (fn [request _] {:status 201, :body {:path (:path request)}}) {:path "/a"})]
    (is (= "/a" (:path (:request-map known))))
    (is (= {:status 201, :body {:path "/a"}} (:response-map known)))
    (is (= 201 (get (JsonReader/read ^bytes (:reply known) Keys/STRINGS) "statusCode")))
    (is (apply <= (map known [:began :started :read :returned :ended])))
    (is (nil? (:thrown known)))))

(deftest what-a-handler-throws-is-recorded-with-the-response-that-karamon-made-of-it
  (let [known (invoke (record/store) (fn [_ _] (throw (IllegalStateException. "closed"))) {:path "/a"})]
    (is (= "closed" (ex-message (:thrown known))))
    (is (= 500 (:status (:response-map known))))
    (is (some #(str/includes? % "shop/f failed") (:log known))))
  (testing "also when the response can't be written"
    (let [known (invoke (record/store) (fn [_ _] {:status 9999}) {:path "/a"})]
      (is (= "karamon.http.BadResponse" (.getName (class (:thrown known)))))
      (is (= 500 (:status (:response-map known)))))))

(deftest of-two-calls-for-a-request-the-last-is-kept
  (let [record (record/begin (record/store) {:method :get, :path "/", :headers {}})]
    (record/called record {:name "authorize", :handler "shop/authorize"} (json {:a 1}))
    (record/handle record #(Exception. "denied"))
    (record/called record {:name "f", :handler "shop/f"} (json {:b 2}))
    (record/handle record #(json {:c 3}))
    (is (= [nil "f" "{\"b\":2}" "{\"c\":3}"]
           ((juxt :thrown (comp :name :function) #(String. ^bytes (:event %)) #(String. ^bytes (:reply %))) (record/known record))))))

(deftest the-first-invocation-of-a-handler-is-cold
  (let [store (record/store)
        f     (fn [_ _] {:status 200})]
    (is (= [true false] [(:cold (invoke store f {:path "/"})) (:cold (invoke store f {:path "/"}))]))))

(deftest the-last-200-are-kept-in-order
  (let [store (record/store)]
    (dotimes [n 205]
      (record/finish (record/begin store {:method :get, :path (str "/" n), :headers {}}) {:status 404, :headers {}}))
    (is (= (range 205 5 -1) (map :id (record/records store))))
    (is (nil? (record/find-record store 5)))
    (is (= "/5" (:path (:request (record/find-record store 6)))))
    (record/clear! store)
    (is (empty? (record/records store)))))

(deftest pages-of-the-gateway-are-not-recorded
  (let [store (record/store)]
    (is (= {:status 200} (record/finish (record/begin store {:method :get, :path "/", :headers {}}) {:status 200, :own true})))
    (is (empty? (record/records store)))))

(deftest without-a-console-nothing-is-recorded
  (let [context (local/context {})
        log     (fn [_])]
    (is (nil? (record/begin nil {})))
    (is (identical? context (record/observed nil context)))
    (is (identical? log (record/logger nil log)))
    (is (= {:status 200} (record/finish nil {:status 200})))))

(deftest large-bodies-are-cut
  (let [large (apply str (repeat 300000 \a))
        known (invoke (record/store) (fn [request _] {:status 200, :body (:body request)})
                {:method :post, :path "/", :headers {"content-type" "text/plain"}, :body large})
        sizes (map (comp count :body) [(:request-map known) (:response-map known)])]
    (is (every? #(< record/max-body % (+ record/max-body 100)) sizes))
    (is (< (alength ^bytes (:event known)) (* 2 record/max-body)))
    (is (= record/max-body (alength ^bytes (:reply known))))
    (testing "and can't be replayed or copied"
      (let [shown (view/detail known {:folders []})]
        (is (= [false nil nil] ((juxt :replayable :test :curl) shown)))
        (is (= [true true] (map :cut ((juxt :event :reply) shown))))
        (is (str/includes? (:edn (:event shown)) "(300000 characters)"))))))

(deftest the-largest-event-that-is-kept-whole-is-shown-whole
  (let [known (invoke (record/store) (fn [_ _] {:status 200})
                {:method :post, :path "/", :headers {"content-type" "application/json"}
                 :query (into {} (for [n (range 1500)] [(str "name" n) [n n]]))})
        shown (view/detail known {:folders [], :reveal? true})]
    (is (:replayable shown))
    (is (= (JsonReader/read ^bytes (:event known) Keys/STRINGS) (JsonReader/read ^String (:json (:event shown)) Keys/STRINGS)))))

(deftest data-bodies-of-large-replies-are-not-kept
  (let [known (invoke (record/store) (fn [_ _] {:status 200, :body {:rows (vec (range 20000))}}) {:path "/"})]
    (is (= {:status 200, :body "… (too large to be kept)"} (:response-map known)))))

(deftest a-log-is-kept-up-to-a-size
  (let [record (record/begin (record/store) {:method :get, :path "/", :headers {}})
        logged (atom 0)
        log    (record/logger record (fn [_] (swap! logged inc)))]
    (dotimes [_ 100]
      (log (apply str (repeat 10000 \a))))
    (is (= 100 @logged))
    (is (= 27 (count (:log (record/known record)))))))

(deftest listeners-hear-of-each-invocation-until-they-stop
  (let [store (record/store)
        heard (atom [])
        stop  (record/listen! store #(swap! heard conj (dissoc (view/summary %) :ms :time)))]
    (invoke store (fn [_ _] {:status 200}) {:path "/a"})
    (is (= [[1 nil true] [1 200 false]] (map (juxt :id :status :pending) @heard)))
    (stop)
    (invoke store (fn [_ _] {:status 200}) {:path "/b"})
    (is (= 2 (count @heard)))))
