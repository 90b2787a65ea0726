(ns karamon.http.source-test
  "Rows X1 to X3: the source of a request, and the client."
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.local :as local]
   [karamon.test-events :refer [event exchange request sample-bytes smallest sources]])
  (:import
   (karamon.http NotHttpEvent Source)))

(set! *warn-on-reflection* true)

(defn- source [e] (:source (request e)))

(deftest x1-the-source-is-detected-from-the-event
  (doseq [s sources]
    (is (= s (source (smallest s))))
    (is (= (Source/of s) (.source (exchange (smallest s))))))
  (testing "payload format 1.0 of an HTTP API has the form of a REST API's event, and a version"
    (is (= :http-1.0 (source (event :rest {"version" "1.0"})))))
  (testing "both event structures of VPC Lattice"
    (is (= :lattice (source {"raw_path" "/", "method" "GET", "headers" {}})))
    (is (= :lattice (source (event :lattice {"requestContext" {"serviceNetworkArn" "n", "serviceArn" "s"}})))))
  (testing "a function URL's domain"
    (is (= :function-url (source (event :http {"requestContext" {"domainName" "x.lambda-url.eu-west-1.on.aws"}}))))
    (is (= :http (source (event :http {"requestContext" {"domainName" "x.lambda-urls.example.com"}}))))
    (is (= :http (source (event :http {"requestContext" {"domainName" nil}}))))))

(deftest x1-the-order-decides-if-an-event-matches-two-sources
  (testing "a load balancer before all others"
    (is (= :alb (source (event :http {"requestContext" {"elb" {}}}))))
    (is (= :alb (source (event :websocket {"httpMethod" "GET", "requestContext" {"elb" {}}})))))
  (testing "version 2.0 before httpMethod"
    (is (= :http (source (event :http {"httpMethod" "GET"})))))
  (testing "httpMethod before connectionId"
    (is (= :rest (source (event :websocket {"httpMethod" "GET"}))))))

(deftest x1-the-source-can-be-set
  (doseq [detected sources, set sources]
    (testing [detected set]
      (is (= set (:source (request (smallest detected) {:source set}))))))
  (is (= :rest (:source (request {} {:source :rest})))))

(deftest x1-anything-else-is-an-error-that-names-the-keys
  (is (thrown-with-msg? NotHttpEvent #"an HTTP source .*it has the keys \[\"Records\"\]$" (request (sample-bytes "sqs"))))
  (is (thrown-with-msg? NotHttpEvent #"it has the keys \[\"version\" \"requestContext\"\]$"
                        (request (array-map "version" "2.0" "requestContext" {"stage" "x"}))))
  (is (thrown-with-msg? NotHttpEvent #"it has the keys \[\]$" (request {})))
  (doseq [[e text] [[nil "nil"] [[1] "\\[1\\]"] ["x" "\"x\""] [1 "1"] [true "true"]]]
    (is (thrown-with-msg? NotHttpEvent (re-pattern (str "it is " text "$")) (request e))))
  (testing "a Bedrock agent's event has an httpMethod too"
    (is (thrown? NotHttpEvent (request (local/sample :bedrock))))
    (is (thrown? NotHttpEvent (request (local/sample :bedrock-function)))))
  (testing "names that only VPC Lattice uses, in an event of your own"
    (is (thrown? NotHttpEvent (request {"method" {"a" [1]}, "raw_path" "/x"})))
    (is (thrown? NotHttpEvent (request {"method" "sum", "path" "/x"}))))
  (testing "version 3.0 is unknown"
    (is (thrown? NotHttpEvent (request {"version" "3.0", "httpMethod" "GET"}))))
  (testing "a large one isn't repeated in full"
    (let [e (try (request {"x" 1, (apply str (repeat 10000 "k")) 2, "z" 3}) (catch Exception e e))]
      (is (instance? NotHttpEvent e))
      (is (< (count (ex-message e)) 1000)))))

(deftest x2-the-clients-address-is-found
  (is (= "203.0.113.7" (:client-ip (request (event :rest {"requestContext" {"identity" {"sourceIp" "203.0.113.7"}}
                                                          "headers"        {"X-Forwarded-For" "10.0.0.1"}})))))
  (doseq [s [:http :function-url]]
    (is (= "2001:db8::7" (:client-ip (request (event s {"requestContext" {"http" {"sourceIp" "2001:db8::7"}}
                                                        "headers"        {"x-forwarded-for" "10.0.0.1"}}))))))
  (is (= "203.0.113.7" (:client-ip (request (event :websocket {"requestContext" {"identity" {"sourceIp" "203.0.113.7"}}})))))
  (testing "a load balancer: the hop it added, which a client can't forge"
    (doseq [[sent ip] {"203.0.113.7"                      "203.0.113.7"
                       "10.0.0.1, 203.0.113.7"            "203.0.113.7"
                       "10.0.0.1,203.0.113.7:41234"       "203.0.113.7"
                       "x, 2001:db8::7"                   "2001:db8::7"
                       "[2001:db8::7]:41234"              "2001:db8::7"
                       "[broken"                          ""}]
      (testing sent
        (is (= ip (:client-ip (request (event :alb {"headers" {"x-forwarded-for" sent}})))))))
    (is (= "203.0.113.7" (:client-ip (request (event :alb {"multiValueHeaders" {"x-forwarded-for" ["10.0.0.1" "203.0.113.7"]}}))))))
  (testing "none"
    (doseq [s sources]
      (is (nil? (:client-ip (request (smallest s))))))))

(deftest x3-authorizers-keep-their-names
  (let [authorizer (fn [s m] (get-in (request (event s {"requestContext" {"authorizer" m}})) [:context :authorizer]))]
    (testing "REST: flat, or claims"
      (is (= {:principalId "u", :customKey "v"} (authorizer :rest {"principalId" "u", "customKey" "v"})))
      (is (= {:claims {:cognito:userName "u", :custom_Claim "v"}}
             (authorizer :rest {"claims" {"cognito:userName" "u", "custom_Claim" "v"}}))))
    (testing "2.0: jwt, lambda, iam"
      (doseq [s [:http :function-url]]
        (is (= {:jwt {:claims {:clientId "c"}, :scopes ["a:readAll"]}} (authorizer s {"jwt" {"claims" {"clientId" "c"}, "scopes" ["a:readAll"]}})))
        (is (= {:lambda {:userName {:deepKey 1}}} (authorizer s {"lambda" {"userName" {"deepKey" 1}}})))
        (is (= {:iam {:userArn "arn", :cognitoIdentity {:amr ["foo"], :identityId "i"}}}
               (authorizer s {"iam" {"userArn" "arn", "cognitoIdentity" {"amr" ["foo"], "identityId" "i"}}})))
        (is (= {:iam {:cognitoIdentity nil}} (authorizer s {"iam" {"cognitoIdentity" nil}})))))
    (testing "none"
      (is (nil? (authorizer :rest nil))))))

(deftest the-scheme-and-the-host-are-found
  (is (= [:https nil] ((juxt :scheme :host) (request (smallest :rest)))))
  (is (= [:wss "d"] ((juxt :scheme :host) (request (event :websocket {"requestContext" {"domainName" "d"}})))))
  (is (= [:http "h"] ((juxt :scheme :host) (request (event :alb {"headers" {"x-forwarded-proto" "http", "host" "h"}})))))
  (is (= [:https "h"] ((juxt :scheme :host) (request (event :alb {"headers" {"x-forwarded-proto" "https", "host" "h"}})))))
  (testing "the host header before the context's domain"
    (is (= "h" (:host (request (event :http {"headers" {"host" "h"}, "requestContext" {"domainName" "d"}})))))
    (is (= "d" (:host (request (event :http {"requestContext" {"domainName" "d"}})))))))
