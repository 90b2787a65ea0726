(ns karamon.ring-apps
  "Apps of real Ring and Compojure as gateway handlers, through every source. Runs in a separate process with them on its class
  path."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is run-tests testing]]
   [compojure.core :refer [ANY GET POST context routes]]
   [compojure.route :as route]
   [karamon.local :as local]
   [karamon.ring :as ring]
   [karamon.test.examples :as examples]
   [ring.core.protocols :as protocols]
   [ring.middleware.content-type :refer [wrap-content-type]]
   [ring.middleware.cookies :refer [wrap-cookies]]
   [ring.middleware.file :refer [wrap-file]]
   [ring.middleware.head :refer [wrap-head]]
   [ring.middleware.keyword-params :refer [wrap-keyword-params]]
   [ring.middleware.multipart-params :refer [wrap-multipart-params]]
   [ring.middleware.multipart-params.byte-array :refer [byte-array-store]]
   [ring.middleware.nested-params :refer [wrap-nested-params]]
   [ring.middleware.not-modified :refer [wrap-not-modified]]
   [ring.middleware.params :refer [wrap-params]]
   [ring.middleware.resource :refer [wrap-resource]]
   [ring.middleware.session :refer [wrap-session]]
   [ring.middleware.session.cookie :refer [cookie-store]]
   [ring.util.request :as request]
   [ring.util.response :as response])
  (:import
   (java.io File FileInputStream OutputStream)))

(set! *warn-on-reflection* true)

(def ^:private sources [:rest :http :function-url :alb])

(defn- through
  "Returns the response that a client gets from a Ring app, which must be the same through every source and by both arities."
  [app request]
  (let [found (for [source sources, async [false true]]
                (local/invoke (ring/handler app {:async async}) (assoc request :source source :multi-value true)))]
    (is (apply = (map #(update % :body (fn [b] (if (bytes? b) (vec b) b))) found)))
    (last found)))

(defn- shows
  "Returns a Ring app that answers with the result of `f` for a request, as Clojure prints it."
  [f]
  (fn
    ([request] (response/content-type (response/response (pr-str (f request))) "text/plain"))
    ([request respond _] (respond (response/content-type (response/response (pr-str (f request))) "text/plain")))))

(defn- seen [app request] (read-string (:body (through app request))))

(deftest routes-are-found
  (let [app  (routes (GET "/users/:id" [id] (str "user " id))
                     (POST "/users" {:keys [body]} (response/created "/users/7" (slurp body)))
                     (context "/api/:version" [version] (ANY "/*" {:keys [route-params]} (str version " " (:* route-params))))
                     (route/not-found "nothing"))
        text (fn [request] ((juxt :status :body) (through app request)))]
    (is (= [200 "user a b"] (text {:path "/users/a b"})))
    (is (= [200 "user 太郎"] (text {:path "/users/太郎"})))
    (is (= [201 "größe"] (text {:method :post, :path "/users", :body "größe"})))
    (is (= "/users/7" (get-in (through app {:method :post, :path "/users", :body "x"}) [:headers :location])))
    (is (= [200 "2 a/b"] (text {:method :put, :path "/api/2/a/b"})))
    (is (= [404 "nothing"] (text {:path "/x"})))
    (is (= [200 nil] (text {:method :head, :path "/users/1"})))))

(deftest parameters-are-read
  (let [app (-> (shows :params) wrap-keyword-params wrap-nested-params wrap-params)]
    (is (= {:a "1", :b {:c ["2" "3"], :d "é &"}} (seen app {:query-string "a=1&b[c][]=2&b[c][]=3&b[d]=%C3%A9+%26"})))
    (is (= {:a ["1" "2"]} (seen app {:query {:a [1 2]}})))
    (is (= {:a "q", :b "größe"}
           (seen app {:method :post, :query {:a "q"}, :headers {:content-type "application/x-www-form-urlencoded"}, :body "b=gr%C3%B6%C3%9Fe"})))
    (is (= {} (seen app {})))))

(deftest cookies-are-read-and-set
  (let [app (wrap-cookies (fn
                            ([{:keys [cookies]}] {:status 200, :headers {}, :body (get-in cookies ["a" :value])
                                                  :cookies {"b" {:value "x y", :path "/", :http-only true}, "c" "2"}})
                            ([{:keys [cookies]} respond _] (respond {:status 200, :headers {}, :body (get-in cookies ["a" :value])
                                                                     :cookies {"b" {:value "x y", :path "/", :http-only true}, "c" "2"}}))))
        r   (through app {:cookies {"a" "1%3D", "z" "9"}})]
    (is (= "1=" (:body r)))
    (is (= #{"b=x+y;Path=/;HttpOnly" "c=2"} (set (:cookies r))))))

(deftest a-session-is-kept
  (doseq [options [{:store (cookie-store {:key (byte-array 16)})} {}]]
    (let [app    (ring/handler (wrap-session (fn [{:keys [session]}]
                                               (let [n (inc (:n session 0))]
                                                 {:status 200, :headers {}, :body (str n), :session {:n n}}))
                                             options))
          cookie (fn [r] (second (re-find #"ring-session=([^;]+)" (str (first (:cookies r))))))]
      (doseq [source sources]
        (let [once  (local/invoke app {:source source})
              twice (local/invoke app {:source source, :headers {"cookie" (str "ring-session=" (cookie once))}})]
          (is (= ["1" "2"] (map :body [once twice]))))))))

(deftest multipart-forms-are-read
  (let [app   (wrap-multipart-params (shows #(update-in (:params %) ["file" :bytes] vec)) {:store (byte-array-store)})
        bytes (byte-array (range -128 128))
        body  (byte-array (mapcat #(if (string? %) (.getBytes ^String % "UTF-8") %)
                                  ["--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\ngröße\r\n"
                                   "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n"
                                   "Content-Type: application/octet-stream\r\n\r\n" bytes "\r\n--b--\r\n"]))]
    (is (= {"text" "größe", "file" {:filename "a.bin", :content-type "application/octet-stream", :bytes (vec bytes)}}
           (seen app {:method :post, :headers {:content-type "multipart/form-data; boundary=b"}, :body body})))
    (testing "without a body"
      (is (= 200 (:status (through (wrap-params (shows :params)) {:method :post, :headers {:content-type "application/x-www-form-urlencoded"}})))))))

(deftest files-and-resources-are-sent
  (let [app (-> (fn ([_] (response/not-found "none")) ([_ respond _] (respond (response/not-found "none"))))
                (wrap-resource "public")
                (wrap-file "test/ring/public")
                wrap-content-type
                wrap-not-modified
                wrap-head)
        get (fn [path] (through app {:path path}))]
    (is (= [200 "text/html" "<p>größe</p>\n"] ((juxt :status (comp :content-type :headers) :body) (get "/page.html"))))
    (is (= 404 (:status (get "/../karamon/ring_apps.clj"))))
    (let [modified (get-in (get "/page.html") [:headers :last-modified])]
      (is (some? modified))
      (is (= [304 nil] ((juxt :status :body) (through app {:path "/page.html", :headers {"if-modified-since" modified}})))))
    (is (= [200 nil] ((juxt :status :body) (through app {:method :head, :path "/page.html"}))))
    (testing "bytes"
      (let [file (File/createTempFile "karamon" ".png")]
        (try
          (io/copy (byte-array (range -128 128)) file)
          (let [r (through (wrap-content-type (fn ([_] (response/file-response (str file)))
                                                ([_ respond _] (respond (response/file-response (str file))))))
                           {:path "/a.png"})]
            (is (= ["image/png" (range -128 128)] [(get-in r [:headers :content-type]) (vec (:body r))])))
          (is (= (range -128 128) (vec (:body (local/invoke (ring/handler (fn [_] (response/response (FileInputStream. file)))) {})))))
          (finally (.delete file)))))))

(deftest rings-own-helpers-read-the-request
  (let [r {:method :post, :path "/a b", :query-string "x=1", :host "api.example", :body "größe"
           :headers {:content-type "text/plain; charset=utf-8", :content-length "7"}}]
    (is (= ["https://api.example/a%20b?x=1" "text/plain" 7 "utf-8" "größe" true]
           (seen (shows (juxt request/request-url request/content-type request/content-length request/character-encoding request/body-string
                              #(not (request/in-context? % "/b"))))
                 r)))))

(defrecord Counted [n]
  protocols/StreamableResponseBody
  (write-body-to-stream [_ _ out]
    (with-open [w (io/writer out)]
      (dotimes [i n] (.write w (str i))))))

(defrecord Elsewhere [n]
  protocols/StreamableResponseBody
  (write-body-to-stream [_ _ out]
    (future
      (dotimes [i n]
        (.write ^OutputStream out (.getBytes (str i)))
        (.flush ^OutputStream out))
      (.close ^OutputStream out))))

(deftest anything-that-satisfies-rings-protocol-is-a-body
  (let [plain #(response/content-type (response/response %) "text/plain")]
    (is (= "0123456789" (:body (through (fn ([_] (plain (->Counted 10))) ([_ respond _] (respond (plain (->Counted 10))))) {}))))
    (testing "written by another thread in an asynchronous app"
      (is (= (apply str (range 500))
             (:body (local/invoke (ring/handler (fn [_ respond _] (respond (plain (->Elsewhere 500)))) {:async true}) {})))))
    (testing "one that is never closed"
      (let [body (reify protocols/StreamableResponseBody (write-body-to-stream [_ _ _]))
            log  (promise)]
        (is (= 500 (:status (local/invoke (ring/handler (fn [_ respond _] (respond (plain body))) {:async true}) {}
                                          {:timeout-ms 200, :log #(deliver log %)}))))
        (is (re-find #"wasn't closed before the invocation's time was up" @log))))
    (is (= 500 (:status (local/invoke (ring/handler (fn [_] (plain {:a 1}))) {} {:log identity}))))))

(deftest a-gateway-handler-works-with-rings-middleware
  (let [app (-> (ring/app (fn [event _] {:body (select-keys event [:path :query :source]), :cookies ["a=1"]}))
                wrap-params
                wrap-cookies
                wrap-session)]
    (is (= {:status 200, :headers {"content-type" "application/json", "set-cookie" ["a=1"]}
            :body "{\"path\":\"/x\",\"query\":{\"q\":\"1\"},\"source\":\"ring\"}"}
           (select-keys (app {:request-method :get, :uri "/x", :query-string "q=1", :headers {}, :scheme :http, :server-name "a"
                              :server-port 80, :remote-addr "192.0.2.1", :protocol "HTTP/1.1"})
                        [:status :headers :body])))))

(deftest the-examples-of-docs-ring-give-the-results-on-the-page
  (let [results (examples/run (examples/blocks "docs/ring.md"))]
    (is (< 6 (count results)))
    (doseq [{:keys [form shown found]} results]
      (is (= shown found) (pr-str form)))))

(defn -main
  "Runs the tests and ends the process, with 0 if all passed."
  []
  (let [{:keys [pass fail error]} (run-tests 'karamon.ring-apps)]
    (System/exit (if (and (pos? pass) (zero? (+ fail error))) 0 1))))
