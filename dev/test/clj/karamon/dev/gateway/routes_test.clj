(ns karamon.dev.gateway.routes-test
  (:require
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

(deftest routes-of-sources-with-stages-are-under-the-stage
  (let [service {:functions [{:name "f" :url true :routes [(route :rest :get "/a") (route :alb :get "/a") (route :alb :get "/dev/b")]}]}
        where   (fn [options]
                  (for [path ["/dev/a" "/a" "/dev/b" "/b" "/dev"]]
                    (:source (routes/find-route (routes/table service options) "127.0.0.1" :get path))))]
    (is (= [:rest :alb :alb nil nil] (where {:stage "dev"})))
    (is (= [nil :alb :alb nil nil] (where {:stage "dev", :imitate :alb})))
    (is (= ["/dev/a" "/a" "/dev/b" "/{proxy+}"] (map routes/full-path (routes/table service {:stage "dev"}))))
    (is (not-any? :other-host (routes/table service {:stage "dev"})))))
