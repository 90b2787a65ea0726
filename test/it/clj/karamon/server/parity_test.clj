(ns karamon.server.parity-test
  "The server answers like the local gateway: like a function URL, and with the routes of an HTTP API."
  (:require
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing use-fixtures]]
   [karamon.dev.gateway.server :as gateway]
   [karamon.server.process :as process]
   [karamon.server.shown]
   [karamon.test.client :as client])
  (:import
   (java.io File)
   (karamon.json JsonReader JsonWriter Keys)))

(set! *warn-on-reflection* true)

(def ^:private templates
  ["/" "/items" "/items/{id}" "/items/{id}/parts/{part}" "/items/all" "/items/{rest+}" "/{kind}/all" "/{kind}/{id}" "/files/{path+}" "/files/a"])

(def ^:private methods-of-routes [:get :any :post])

(def ^:private routes
  (for [[i path] (map-indexed vector templates)]
    {:source :http, :method (methods-of-routes (mod i 3)), :path path}))

(def ^:private paths
  ["/" "/items" "/items/" "/items/1" "/items/%E5%A4%AA" "/items/a%2Fb" "/items/all" "/items/1/parts/2" "/items/1/parts/" "/items/1/x/y" "/a/all" "/a/b"
   "/a/b/c" "/files/a" "/files/a/b" "/files/" "/files" "//" "/a//b"])

(def ^:private requests
  [{:path "/a%2Fb/%E5%A4%AA?x=1&x=2&y=a%20b+c&z"}
   {:path "/", :headers {"cookie" "a=1; b=2", "accept" "text/html", "x-many" "1"}}
   {:path "/p", :method "POST", :headers {"content-type" "application/json"}, :body "{\"a\":1}"}
   {:path "/p", :method "POST", :headers {"content-type" "text/plain; charset=iso-8859-1"}, :body (byte-array [65 -28])}
   {:path "/p", :method "PUT", :headers {"content-type" "application/octet-stream"}, :body (byte-array [0 1 -1])}
   {:path "/p", :method "PATCH", :body ""}
   {:path "/p", :method "DELETE"}
   {:path "/p", :method "OPTIONS"}
   {:path "/p", :method "HEAD"}])

(def ^:private ports (atom nil))

(defn- route-file ^File []
  (doto (File/createTempFile "routes" ".json")
    (spit (JsonWriter/string {:routes (for [{:keys [method path]} routes]
                                        {:method  (if (= :any method) "ANY" (str/upper-case (name method)))
                                         :path    path
                                         :handler "karamon.server.shown/route"})}))))

(defn- with-servers [f]
  (let [file     (route-file)
        plain    (process/free-port)
        routed   (process/free-port)
        servers  [(process/start plain {"KARAMON_HANDLER" "karamon.server.shown/show"}) (process/start routed {"KARAMON_ROUTES" (str file)})]
        function {:timeout-ms 20000, :memory-mb 128}]
    (try
      (with-open [local (gateway/start {:service {:functions [(assoc function :name "show", :handler "karamon.server.shown/show", :url true)
                                                              (assoc function :name "route", :handler "karamon.server.shown/route", :routes routes)]}
                                        :folders [], :port 0, :log (fn [_])})]
        (run! (fn [[process port]] (process/await-answer process port "/")) (map vector servers [plain routed]))
        (reset! ports {:local (:port local), :plain plain, :routed routed})
        (f))
      (finally
        (is (= [0 0] (mapv process/stop servers)) "SIGTERM ends a server with 0")
        (.delete file)))))

(use-fixtures :once with-servers)

(defn- answer [request]
  (-> (client/request request)
      (update :headers dissoc "date" "server" "content-length" "transfer-encoding" "connection" "keep-alive")
      (update :body #(if (= "" %) "" (JsonReader/read ^String % Keys/STRINGS)))
      (dissoc :bytes)))

(deftest a-request-gets-the-answer-of-a-function-url
  (let [{:keys [local plain]} @ports]
    (doseq [request requests]
      (testing (str (:method request) " " (:path request))
        (let [expected (answer (assoc request :port local, :host "show.lambda-url.localhost"))]
          (is (#{201 202} (:status expected)))
          (is (= expected (answer (assoc request :port plain)))))))))

(deftest a-request-finds-the-route-of-an-http-api
  (let [{:keys [local routed]} @ports
        found (fn [request] (select-keys (client/request request) [:status :body]))]
    (doseq [path paths, method ["GET" "POST" "DELETE"]
            :let [request {:path path, :method method}
                  expected (found (assoc request :port local, :host "http-api.localhost"))]]
      (testing (str method " " path)
        (is (= (cond-> expected (not= 200 (:status expected)) (dissoc :body))
              (cond-> (found (assoc request :port routed)) (not= 200 (:status expected)) (dissoc :body))))))))
