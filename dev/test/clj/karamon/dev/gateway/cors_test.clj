(ns karamon.dev.gateway.cors-test
  "CORS of both APIs, over HTTP."
  (:require
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.gateway.server :as server]
   [karamon.test.client :as client]))

(set! *warn-on-reflection* true)

(defn own-headers [_ _]
  {"statusCode" 200, "headers" {"Access-Control-Allow-Origin" "https://own.test", "Access-Control-Allow-Methods" "PUT", "x-own" "1"}})

(defn- function [& routes]
  {:name "f", :handler "karamon.dev.gateway.cors-test/own-headers", :timeout-ms 60000, :memory-mb 128, :routes (vec routes)})

(defn- with-service [service f]
  (with-open [gateway (server/start {:service service, :folders [], :port 0, :log (fn [_])})]
    (f (fn [request] (client/request (assoc request :port (:port gateway)))))))

(defn- cors-headers
  "Returns the headers of a response that CORS is about."
  [{:keys [status headers]}]
  (into {:status status} (filter #(re-find #"^(access-control|cache-control|x-own)" (key %))) headers))

(def ^:private all-headers
  "Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token,X-Amz-User-Agent,X-Amzn-Trace-Id")

(defn- preflight [path origin method]
  {:method "OPTIONS", :path path, :headers {"origin" origin, "access-control-request-method" method}})

(deftest a-rest-api-answers-options-as-serverless-declares-it
  (let [route (fn [path cors] {:source :rest, :method :get, :path path, :cors cors})]
    (with-service {:functions [(function (route "/all" true)
                                         (assoc (route "/all" {"headers" ["x-a"], "maxAge" 60}) :method :post)
                                         (route "/few" {"origins" ["https://*.example.com" "http://localhost:5173"], "allowCredentials" true
                                                        "headers" "x-b", "cacheControl" "no-store"})
                                         (assoc (route "/any/{id}" {"origin" "https://a.test, https://b.test"}) :method :any)
                                         (route "/none" nil)
                                         (assoc (route "/own" true) :method :options))]}
      (fn [request]
        (testing "events of one path share their settings"
          (is (= {:status 200
                  "access-control-allow-origin" "*"
                  "access-control-allow-headers" (str "x-a," all-headers)
                  "access-control-allow-methods" "OPTIONS,POST,GET"
                  "access-control-max-age" "60"}
                 (cors-headers (request (preflight "/all" "https://x.test" "POST"))))))
        (testing "an allowed origin is sent back, else the first one"
          (are [origin sent] (= {:status 200
                                 "access-control-allow-origin" origin
                                 "access-control-allow-credentials" "true"
                                 "access-control-allow-headers" "x-b"
                                 "access-control-allow-methods" "OPTIONS,GET"
                                 "cache-control" "no-store"}
                                (cors-headers (request (preflight "/few" sent "GET"))))
            "https://shop.example.com" "https://shop.example.com"
            "http://localhost:5173"    "http://localhost:5173"
            "https://*.example.com"    "https://shopXexample.com"
            "https://*.example.com"    "https://evil.test"))
        (is (= {:status 200
                "access-control-allow-origin" "https://b.test"
                "access-control-allow-headers" all-headers
                "access-control-allow-methods" "OPTIONS,DELETE,GET,HEAD,PATCH,POST,PUT"}
               (cors-headers (request (preflight "/any/1" "https://b.test" "DELETE")))))
        (testing "the function sends the headers of other responses"
          (is (= {:status 200, "access-control-allow-origin" "https://own.test", "access-control-allow-methods" "PUT", "x-own" "1"}
                 (cors-headers (request {:path "/all", :headers {"origin" "https://x.test"}})))))
        (testing "an OPTIONS route of a function stays"
          (is (= "1" (get-in (request (preflight "/own" "https://x.test" "GET")) [:headers "x-own"]))))
        (testing "without cors there is no answer"
          (are [path] (= {:status 404} (cors-headers (request (preflight path "https://x.test" "GET"))))
            "/none" "/unknown")
          (is (= 403 (:status (request (assoc (preflight "/none" "https://x.test" "GET") :host "rest.localhost"))))))))))

(deftest a-function-url-answers-preflight-requests-too
  (with-service {:functions [(assoc (function) :url {"cors" {"allowedOrigins" ["https://a.test"], "maxAge" 5}, "authorizer" "aws_iam"})
                             (assoc (function) :name "plain" :url true)]}
    (fn [request]
      (let [request #(request (assoc % :host "f.lambda-url.localhost"))]
        (is (= {:status 200, "access-control-allow-origin" "https://a.test", "access-control-allow-methods" "*"
                "access-control-allow-headers" (str/replace all-headers "X-Amz-User-Agent," "")
                ,"access-control-max-age" "5"}
               (cors-headers (request (preflight "/x" "https://a.test" "PUT")))))
        (is (= {:status 200, "access-control-allow-origin" "https://a.test", "x-own" "1"}
               (cors-headers (request {:path "/x", :headers {"origin" "https://a.test"}}))))
        (is (= {:status 200, "x-own" "1"} (cors-headers (request {:path "/x", :headers {"origin" "https://b.test"}})))))
      (testing "without cors the function answers"
        (is (= {:status 200, "access-control-allow-origin" "https://own.test", "access-control-allow-methods" "PUT", "x-own" "1"}
               (cors-headers (request (assoc (preflight "/x" "https://a.test" "PUT") :host "plain.lambda-url.localhost")))))))))

(deftest an-http-api-answers-preflight-requests-and-sets-the-headers-itself
  (let [routes [{:source :http, :method :get, :path "/x", :cors true} {:source :http, :method :post, :path "/x", :cors true}
                {:source :rest, :method :get, :path "/rest"}]]
    (with-service {:functions [(apply function routes)], :http-api {"cors" true}}
      (fn [request]
        (let [allowed {:status 204
                       "access-control-allow-origin" "*"
                       "access-control-allow-headers" all-headers
                       "access-control-allow-methods" "OPTIONS,GET,POST"}]
          (are [path] (= allowed (cors-headers (request (preflight path "https://x.test" "POST"))))
            "/x" "/unknown")
          (is (= allowed (cors-headers (request (preflight "/x" "https://x.test" "PUT"))))))
        (testing "a REST API's paths aren't its own"
          (are [path host status] (= {:status status} (cors-headers (request (assoc (preflight path "https://x.test" "GET") :host host))))
            "/rest"    "127.0.0.1"             404
            "/rest"    "rest.localhost"        403
            "/x"       "f.lambda-url.localhost" 404
            "/_karamon/invoke/f" "127.0.0.1"   403))
        (is (= {:status 200, "access-control-allow-origin" "*", "x-own" "1"}
               (cors-headers (request {:path "/x", :headers {"origin" "https://x.test"}}))))
        (testing "without an origin there are none"
          (is (= {:status 200, "x-own" "1"} (cors-headers (request {:path "/x"})))))
        (testing "errors of the API have them too"
          (is (= {:status 404, "access-control-allow-origin" "*"}
                 (cors-headers (request {:path "/unknown", :headers {"origin" "https://x.test"}})))))))
    (with-service {:functions [(apply function routes)]
                   :http-api {"cors" {"allowedOrigins" ["https://a.test" "https://b.test"], "allowedHeaders" "x-a", "allowedMethods" ["GET"]
                                      "allowCredentials" true, "exposedResponseHeaders" ["x-b" "x-c"], "maxAge" 6000}}}
      (fn [request]
        (is (= {:status 204
                "access-control-allow-origin" "https://b.test"
                "access-control-allow-credentials" "true"
                "access-control-allow-headers" "x-a"
                "access-control-allow-methods" "GET"
                "access-control-max-age" "6000"}
               (cors-headers (request (preflight "/x" "https://b.test" "GET")))))
        (is (= {:status 204} (cors-headers (request (preflight "/x" "https://evil.test" "GET")))))
        (is (= {:status 200, "access-control-allow-origin" "https://a.test", "access-control-allow-credentials" "true"
                "access-control-expose-headers" "x-b,x-c", "x-own" "1"}
               (cors-headers (request {:path "/x", :headers {"origin" "https://a.test"}}))))
        (is (= {:status 200, "x-own" "1"} (cors-headers (request {:path "/x", :headers {"origin" "https://evil.test"}}))))))))
