(ns karamon.dev.gateway.authorization-test
  "Lambda authorizers of both APIs, over HTTP."
  (:require
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.gateway.server :as server]
   [karamon.test.client :as client])
  (:import
   (clojure.lang ExceptionInfo)
   (karamon.json JsonReader JsonWriter Keys)))

(set! *warn-on-reflection* true)

(def ^:private events (atom []))

(defn- policy [effect resource]
  {"principalId" "user1"
   "policyDocument" {"Version" "2012-10-17", "Statement" [{"Action" "execute-api:Invoke", "Effect" effect, "Resource" resource}]}})

(defn- decision
  "Returns what an authorizer returns for a token."
  [token arn]
  (case token
    "allow"       (assoc (policy "Allow" arn) "context" {"number" 1, "flag" true, "text" "a"})
    "deny"        (policy "Deny" arn)
    "other"       (policy "Allow" (str/replace arn #"/[^/]*$" "/other"))
    "all"         (policy "Allow" (str/replace arn #"/[A-Z]+/.*$" "/*"))
    "throw"       (throw (ex-info "Unauthorized" {}))
    "broken"      (throw (ex-info "no database" {}))
    "nested"      (assoc (policy "Allow" arn) "context" {"list" [1]})
    "key"         (assoc (policy "Allow" arn) "usageIdentifierKey" "key1")
    "nobody"      (dissoc (policy "Allow" arn) "principalId")
    "no-effect"   (policy "Maybe" arn)
    {"unexpected" true}))

(defn token-authorizer [{:strs [authorizationToken methodArn] :as event} _]
  (swap! events conj event)
  (decision (str/replace authorizationToken #"^Bearer " "") methodArn))

(defn request-authorizer [{:strs [headers methodArn routeArn] :as event} _]
  (swap! events conj event)
  (decision (or (headers "x-token") (headers "X-Token") "allow") (or methodArn routeArn)))

(defn simple-authorizer [{:strs [headers] :as event} _]
  (swap! events conj event)
  (case (headers "x-token")
    "allow" {"isAuthorized" true, "context" {"list" [1 {"a" "b"}]}}
    "deny"  {"isAuthorized" false}
    "throw" (throw (ex-info "Unauthorized" {}))
    (policy "Allow" "*")))

(defn authorizer-context [event _]
  {"statusCode" 200, "body" (JsonWriter/string (get-in event ["requestContext" "authorizer"]))})

(defn- function [name handler & routes]
  {:name name, :handler (str "karamon.dev.gateway.authorization-test/" handler), :timeout-ms 60000, :memory-mb 128, :routes (vec routes)})

(defn- rest-route [authorizer]
  {:source :rest, :method :any, :path "/x/{id}", :authorizer authorizer})

(defn- http-route [authorizer]
  {:source :http, :method :get, :path "/x", :authorizer authorizer})

(defn- call-with-service
  "Calls `f` with a function that sends a request and returns its response, and with the logged texts, an atom."
  [options route service f]
  (reset! events [])
  (let [logged (atom [])]
    (with-open [gateway (server/start (merge {:service (merge {:functions [(function "f" "authorizer-context" route)
                                                                           (function "token" "token-authorizer")
                                                                           (function "request" "request-authorizer")
                                                                           (function "simple" "simple-authorizer")]}
                                                              service)
                                              :folders [], :port 0, :log #(swap! logged conj %)}
                                             options))]
      (f (fn [request] (client/request (assoc request :port (:port gateway)))) logged))))

(defn- json [response]
  (JsonReader/read ^String (:body response) Keys/STRINGS))

(deftest a-token-authorizer-decides-by-its-policy
  (call-with-service {} (rest-route "token") {}
    (fn [request logged]
      (let [call (fn [token] (request {:path "/x/1%202?q=1", :headers {"authorization" token}}))]
        (is (= [200 {"principalId" "user1", "number" "1", "flag" "true", "text" "a", "integrationLatency" 0}]
               ((juxt :status json) (call "allow"))))
        (is (= [{"type" "TOKEN", "authorizationToken" "allow"
                 "methodArn" "arn:aws:execute-api:us-east-1:000000000000:local/dev/GET/x/1%202"}]
               (map #(update % "methodArn" str/replace #"(execute-api:)[^:]+" "$1us-east-1") @events)))
        (is (= 200 (:status (call "all"))))
        (are [token status body] (= [status body] ((juxt :status json) (call token)))
          "deny"      403 {"Message" "User is not authorized to access this resource with an explicit deny"}
          "other"     403 {"Message" "User is not authorized to access this resource"}
          "throw"     401 {"message" "Unauthorized"}
          "broken"    500 {"message" nil, "errorMessage" "no database"})
        (are [token] (= [500 "AuthorizerConfigurationException"] ((juxt :status #(get-in % [:headers "x-amzn-errortype"])) (call token)))
          "nested" "nobody" "no-effect" "nonsense")
        (is (some #(str/includes? % "authorizer token failed") @logged))
        (testing "without a token it isn't called"
          (reset! events [])
          (is (= [401 {"message" "Unauthorized"}] ((juxt :status json) (request {:path "/x/1"}))))
          (is (= 401 (:status (call ""))))
          (is (= [] @events)))))))

(deftest a-token-must-match-the-validation-expression
  (call-with-service {} (rest-route {"name" "token", "identitySource" "method.request.header.X-Token"
                                     "identityValidationExpression" "^Bearer [a-z]+$"}) {}
    (fn [request _]
      (are [status header value] (= status (:status (request {:path "/x/1", :headers {header value}})))
        200 "x-token" "Bearer allow"
        401 "x-token" "allow"
        401 "x-token" "Bearer 1"
        401 "authorization" "Bearer allow")
      (is (= 1 (count @events))))))

(deftest answers-are-kept-for-their-time
  (let [now   (atom 0)
        calls (fn [settings]
                (call-with-service {:clock #(deref now)} (rest-route (merge {"name" "token"} settings)) {}
                  (fn [request _]
                    (vec (for [[at token] [[0 "allow"] [9999 "allow"] [9999 "deny"] [10000 "allow"] [299999 "allow"] [300000 "allow"]
                                           [300001 "broken"] [300002 "broken"]]]
                           (do (reset! now at)
                               (request {:path "/x/1", :headers {"authorization" token}})
                               (count @events)))))))]
    (testing "300 seconds, unless resultTtlInSeconds says something else; failures aren't kept"
      (is (= [1 1 2 2 2 3 4 5] (calls {})))
      (is (= [1 1 2 3 4 4 5 6] (calls {"resultTtlInSeconds" 10})))
      (is (= [1 2 3 4 5 6 7 8] (calls {"resultTtlInSeconds" 0}))))
    (testing "a kept policy holds for the methods that it names"
      (call-with-service {} (rest-route "token") {}
        (fn [request _]
          (is (= [200 403] (map #(:status (request {:path %, :headers {"authorization" "allow"}})) ["/x/1" "/x/2"])))
          (is (= [200 200] (map #(:status (request {:path %, :headers {"authorization" "all"}})) ["/x/1" "/x/2"])))
          (is (= 2 (count @events))))))))

(deftest one-function-may-be-two-authorizers
  (call-with-service {} (rest-route {"name" "request", "type" "request", "identitySource" "method.request.header.x-token"})
    {:functions [(function "f" "authorizer-context"
                           (rest-route {"name" "request", "type" "request", "identitySource" "method.request.header.x-token"})
                           (http-route "request"))
                 (function "request" "request-authorizer")]
     :http-api  {"authorizers" {"request" {"type" "request", "functionName" "request", "identitySource" "$request.header.x-token"
                                           "resultTtlInSeconds" 300}}}}
    (fn [request _]
      (is (= [200 200 200 200] (map #(:status (request {:path %, :headers {"x-token" "all"}})) ["/x/1" "/x" "/x/1" "/x"])))
      (is (= [nil "2.0"] (map #(get % "version") @events))))))

(deftest a-request-authorizer-gets-the-request
  (call-with-service {} (rest-route {"name" "request", "type" "request"
                                     "identitySource" "method.request.header.X-Token, method.request.querystring.q"}) {}
    (fn [request _]
      (is (= 200 (:status (request {:path "/x/1?q=a", :method "POST", :body "{}", :headers {"x-token" "allow"}}))))
      (let [event (first @events)]
        (is (= {"type" "REQUEST", "resource" "/x/{id}", "path" "/x/1", "httpMethod" "POST", "queryStringParameters" {"q" "a"}
                "pathParameters" {"id" "1"}}
               (select-keys event ["type" "resource" "path" "httpMethod" "queryStringParameters" "pathParameters"])))
        (is (not (contains? event "body"))))
      (testing "each identity source is needed"
        (is (= 401 (:status (request {:path "/x/1", :headers {"x-token" "allow"}}))))
        (is (= 401 (:status (request {:path "/x/1?q=a"})))))))
  (testing "without caching it needs none"
    (call-with-service {} (rest-route {"name" "request", "type" "REQUEST", "resultTtlInSeconds" 0}) {}
      (fn [request _]
        (is (= 200 (:status (request {:path "/x/1"}))))))))

(deftest an-authorizer-may-return-the-api-key
  (call-with-service {} (assoc (rest-route "token") :private true)
    {:api-gateway {"apiKeySourceType" "AUTHORIZER", "apiKeys" [{"name" "k", "value" "key1"}]}}
    (fn [request _]
      (is (= 200 (:status (request {:path "/x/1", :headers {"authorization" "key"}}))))
      (is (= 403 (:status (request {:path "/x/1", :headers {"authorization" "allow", "x-api-key" "key1"}})))))))

(defn- http-api [settings]
  {:http-api {"authorizers" {"mine" (merge {"type" "request", "identitySource" "$request.header.x-token"} settings)}}})

(deftest a-simple-answer-of-an-http-api
  (call-with-service {} (http-route "mine") (http-api {"functionName" "simple", "enableSimpleResponses" true})
    (fn [request logged]
      (let [call (fn [token] (request {:path "/x", :headers {"x-token" token}}))]
        (is (= [200 {"lambda" {"list" [1 {"a" "b"}]}}] ((juxt :status json) (call "allow"))))
        (is (= {"version" "2.0", "type" "REQUEST", "routeKey" "GET /x", "identitySource" ["allow"]}
               (select-keys (first @events) ["version" "type" "routeKey" "identitySource"])))
        (is (str/ends-with? (get (first @events) "routeArn") ":000000000000:local/$default/GET/x"))
        (are [token status message] (= [status message] ((juxt :status #(get (json %) "message")) (call token)))
          "deny"   403 "Forbidden"
          "throw"  500 "Internal Server Error"
          "policy" 500 "Internal Server Error")
        (is (= [401 "Unauthorized"] ((juxt :status #(get (json %) "message")) (request {:path "/x"}))))
        (is (some #(str/includes? % "authorizer mine failed") @logged)))))
  (testing "answers are only kept if resultTtlInSeconds says so"
    (doseq [[settings calls] [[{} 2] [{"resultTtlInSeconds" 60} 1] [{"resultTtlInSeconds" 60, "identitySource" []} 2]]]
      (call-with-service {} (http-route "mine") (http-api (merge {"functionName" "simple", "enableSimpleResponses" true} settings))
        (fn [request _]
          (dotimes [_ 2] (is (= 200 (:status (request {:path "/x", :headers {"x-token" "allow"}})))))
          (is (= calls (count @events))))))))

(deftest a-policy-of-an-http-api
  (doseq [version ["1.0" "2.0"]]
    (call-with-service {} (http-route {"name" "mine"}) (http-api {"functionName" "request", "payloadVersion" version})
      (fn [request _]
        (let [call (fn [token] (request {:path "/x", :headers {"x-token" token}}))]
          (is (= [200 {"lambda" {"number" 1, "flag" true, "text" "a"}}] ((juxt :status json) (call "allow"))))
          (is (= [version "REQUEST"] (map (first @events) ["version" "type"])))
          (when (= "1.0" version)
            (is (= ["allow" "allow" "GET" "/x"] (map (first @events) ["identitySource" "authorizationToken" "httpMethod" "path"]))))
          (are [token status] (= status (:status (call token)))
            "deny" 403 "other" 403 "broken" 500 "nested" 200))))))

(deftest authorizers-that-cant-run-here-are-named
  (are [route service text] (call-with-service {} route service
                              (fn [request logged]
                                (and (= 200 (:status (request {:path (str/replace (:path route) "{id}" "1")})))
                                     (= 1 (count (filter #(str/includes? % text) @logged))))))
    (rest-route "aws_iam")                                  {} "aws_iam"
    (rest-route {"type" "AWS_IAM"})                         {} "aws_iam"
    (http-route {"type" "aws_iam"})                         {} "aws_iam"
    (rest-route "tokn")                                     {} "tokn isn't a function of this service written in Clojure"
    (rest-route "arn:aws:lambda:eu-west-1:1:function:other") {} "The authorizer other isn't"
    (rest-route {"name" "n", "arn" {"Fn::GetAtt" ["A" "Arn"]}}) {} "The authorizer n isn't"
    (http-route "mine")                                     (http-api {"functionName" "python"}) "The authorizer mine isn't"))

(deftest a-wrong-validation-expression-is-an-error-at-start
  (is (thrown-with-msg? ExceptionInfo #"s.yml:7: identityValidationExpression of the authorizer token isn't a regex: Unclosed group"
                        (call-with-service {} (assoc (rest-route {"name" "token", "identityValidationExpression" "("}) :file "s.yml", :line 7) {}
                          (fn [_ _])))))

(deftest a-route-that-imitates-another-source-has-no-authorizer
  (call-with-service {:imitate :http} (rest-route "token") {}
    (fn [request _] (is (= 200 (:status (request {:path "/x/1"})))))))

(deftest a-saved-authorizer-decides-at-once
  (call-with-service {} (rest-route "token") {}
    (fn [request _]
      (let [call   #(:status (request {:path "/x/1", :headers {"authorization" "allow"}}))
            before token-authorizer]
        (is (= 200 (call)))
        (try
          (alter-var-root #'token-authorizer (constantly (fn [{:strs [methodArn]} _] (policy "Deny" methodArn))))
          (is (= 403 (call)))
          (finally (alter-var-root #'token-authorizer (constantly before))))))))
