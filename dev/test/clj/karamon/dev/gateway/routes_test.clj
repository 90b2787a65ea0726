(ns karamon.dev.gateway.routes-test
  (:require
   [clojure.string :as str]
   [clojure.test :refer [are deftest is]]
   [karamon.dev.gateway.routes :as routes]))

(set! *warn-on-reflection* true)

(defn- route [source method path]
  {:source source, :method method, :path path})

(def ^:private table
  (routes/table
    {:functions [{:name "f" :handler "a/f" :url true
                  :routes [(route :rest :get "/users/{id}")
                           (route :rest :get "/users/me")
                           (route :rest :any "/users/{id}")
                           (route :rest :any "/{proxy+}")
                           (route :http :get "/users/me")
                           (route :http :get "/only/http")]}
                 {:name "g" :handler "a/g" :routes [(route :rest :get "/files/{path+}")]}]}))

(defn- found [host method path]
  (let [{:keys [source path method function]} (routes/find-route table host method path)]
    (when source [(:name function) source method path])))

(deftest the-most-specific-route-answers
  (are [method path expected] (= expected (found "127.0.0.1" method path))
    :get  "/users/me"    ["f" :rest :get "/users/me"]
    :get  "/users/7"     ["f" :rest :get "/users/{id}"]
    :post "/users/7"     ["f" :rest :any "/users/{id}"]
    :get  "/users/7/x"   ["f" :rest :any "/{proxy+}"]
    :get  "/files/a/b"   ["g" :rest :get "/files/{path+}"]
    :get  "/users/a%2Fb" ["f" :rest :get "/users/{id}"]
    :get  "/users/7/"    ["f" :rest :get "/users/{id}"]
    :get  "/only/http"   ["f" :http :get "/only/http"]
    :get  "/only/http/"  ["f" :rest :any "/{proxy+}"]
    :get  "/"            nil))

(deftest each-service-has-its-own-host
  (are [host path expected] (= expected (found host :get path))
    "rest.localhost"         "/users/me"  ["f" :rest :get "/users/me"]
    "http-api.localhost"     "/users/me"  ["f" :http :get "/users/me"]
    "http-api.localhost"     "/users/7"   nil
    "alb.localhost"          "/users/me"  nil
    "127.0.0.1"              "/only/http" ["f" :http :get "/only/http"]
    "f.lambda-url.localhost" "/any/thing" ["f" :function-url :any "/{proxy+}"]
    "F.Lambda-URL.localhost" "/"          ["f" :function-url :any "/{proxy+}"]
    "g.lambda-url.localhost" "/"          nil))

(deftest a-hidden-route-names-the-host-that-reaches-it
  (is (= ["http-api.localhost"] (keep :other-host table))))

(deftest a-route-that-no-host-reaches-is-hidden
  (is (= [[nil nil] [nil true] ["http-api.localhost" nil] [nil true]]
         (map (juxt :other-host :hidden)
              (routes/table {:functions (map-indexed (fn [i source] {:name (str "f" i) :routes [(route source :get "/same")]})
                                          [:rest :rest :http :http])})))))

(deftest routes-of-sources-with-stages-are-under-the-stage
  (let [service {:functions [{:name "f" :url true :routes [(route :rest :get "/a") (route :alb :get "/a") (route :alb :get "/dev/b")]}]}
        where   (fn [options]
                  (for [path ["/dev/a" "/a" "/dev/b" "/b" "/dev"]]
                    (:source (routes/find-route (routes/table service options) "127.0.0.1" :get path))))]
    (is (= [:rest :alb :alb nil nil] (where {:stage "dev"})))
    (is (= [nil :alb :alb nil nil] (where {:stage "dev", :imitate :alb})))
    (is (= ["/dev/a" "/a" "/dev/b" "/{proxy+}"] (map routes/full-path (routes/table service {:stage "dev"}))))
    (is (not-any? :other-host (routes/table service {:stage "dev"})))))

(deftest a-route-without-the-method-leaves-the-request-to-a-less-specific-one
  (are [source] (= ["/users/{id}" "/users/me" "/{proxy+}" "/{proxy+}"]
                   (for [[method path] [[:get "/users/me"] [:patch "/users/me"] [:post "/users/me"] [:get "/users/7/x"]]]
                     (:path (routes/find-route (routes/table {:functions [{:name "f" :routes [(route source :any "/{proxy+}")
                                                                                              (route source :get "/users/{id}")
                                                                                              (route source :patch "/users/me")]}]})
                                               "127.0.0.1" method path))))
    :rest
    :http))

(deftest a-default-route-is-the-last-to-answer
  (let [table (routes/table {:functions [{:name "f" :routes [(assoc (route :http :any "/{proxy+}") :catch-all true)
                                                             (route :http :any "/{proxy+}")]}]})]
    (is (= [nil true] (map #(:catch-all (routes/find-route table "127.0.0.1" :get %)) ["/a" "/"])))))

(defn- rule [name priority path conditions]
  {:name name, :routes [{:source :alb, :method :any, :path path, :pattern path, :priority priority, :conditions conditions}]})

(defn- rules-found
  "Returns the names of the functions that answer the requests, each a vector of host, path and the rest of the request."
  [functions requests]
  (let [table (routes/table {:functions functions})]
    (for [[host path request] requests]
      (get-in (routes/find-route table host :get path request) [:function :name]))))

(deftest the-rule-of-the-lowest-priority-number-answers
  (is (= ["b" "c" "a" nil]
         (rules-found [(rule "a" 30 "/x*" nil) (rule "b" 10 "/x/y" nil) (rule "c" 20 "/x/*" nil)]
                      [["127.0.0.1" "/x/y"] ["127.0.0.1" "/x/z"] ["alb.localhost" "/xyz"] ["127.0.0.1" "/y"]]))))

(deftest paths-may-have-wildcards-anywhere
  (is (= ["a" "a" nil "b" nil nil]
         (rules-found [(rule "a" 1 "/img/*/big" nil) (rule "b" 2 "/docs/v?/x" nil)]
                      (map #(vector "127.0.0.1" %) ["/img/1/big" "/img/a/b/big" "/img/big" "/docs/v2/x" "/docs/v22/x" "/IMG/1/big"])))))

(deftest a-pattern-matches-as-a-whole
  (are [expected pattern path] (= expected (some? (first (rules-found [(rule "a" 1 pattern nil)] [["127.0.0.1" path]]))))
    true  "/*"        "/"
    true  "/a*"       "/a"
    true  "/*.jpg"    "/x/y.jpg.jpg"
    false "/*.jpg"    "/x/y.jpgs"
    true  "/a*b*c"    "/abbcxbc"
    false "/a*b*c"    "/abbcxb"
    true  "/??"       "/ab"
    false "/??"       "/a"
    true  "/**a**"    "/a"
    false "/[a].(b)"  "/a.b"
    true  "/[a].(b)"  "/[a].(b)"
    false (str "/" (str/join (repeat 30 "a*")) "x") (str "/" (str/join (repeat 3000 "a")))))

(deftest host-conditions-are-met-by-the-host-and-below-alb-localhost
  (let [functions [(rule "a" 1 "/all" {:host ["a.example.com"]})
                   (rule "b" 2 "/all" {:host ["b.example.com" "*.shop.example.com"]})]]
    (is (= ["a" "b" "b" "b" nil nil "a" "a"]
           (rules-found functions (map #(vector % "/all") ["A.example.com" "b.example.com" "b.example.com.alb.localhost"
                                                           "x.shop.example.com.alb.localhost" "c.example.com" "c.example.com.alb.localhost"
                                                           "127.0.0.1" "alb.localhost"]))))
    (is (= [nil "b.example.com.alb.localhost"] (map :other-host (routes/table {:functions functions}))))
    (is (= [true true false] (map #(routes/declared-host? (routes/table {:functions functions}) %)
                                  ["a.example.com" "x.shop.example.com" "evil.example.org"])))))

(deftest a-pattern-for-all-hosts-declares-none
  (are [pattern] (not (routes/declared-host? (routes/table {:functions [(rule "a" 1 "/" {:host [pattern]})]}) "evil.example.com"))
    "*" "*.com" "*.*.com" "evil.*" "*.example.*" "?*.com"))

(deftest header-query-and-ip-conditions-count
  (let [functions [(rule "h" 1 "/*" {:header [{:name "x-kind" :values ["a*" "b"]}]})
                   (rule "q" 2 "/*" {:query [["kind" "big"] [nil "any?"]]})
                   (rule "i" 3 "/*" {:ip ["10.0.0.0/8" "2001:db8::/32"]})
                   (rule "rest" 4 "/*" nil)]]
    (are [expected request] (= [expected] (rules-found functions [["127.0.0.1" "/" request]]))
      "h"    {:headers {"X-Kind" ["ABC"]}}
      "h"    {:headers {"x-kind" ["c" "b"]}}
      "q"    {:headers {"x-kind" ["c"]} :query-string "a=1&kind=big"}
      "q"    {:query-string "z=any1"}
      "i"    {:query-string "kind=bigger"}
      "i"    {:headers {"x-forwarded-for" ["1.2.3.4, 10.1.2.3"]}}
      "i"    {:headers {"x-forwarded-for" ["2001:db8::7"]}}
      "rest" {:headers {"x-forwarded-for" ["10.1.2.3, 1.2.3.4"]}}
      "rest" {:headers {"x-forwarded-for" ["unknown"]}})))
