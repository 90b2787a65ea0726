(ns karamon.local.event-test
  "Events as each source would send them, field by field."
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.local :as local]))

(set! *warn-on-reflection* true)

(def ^:private request
  {:method :post, :path "/a%20b", :query-string "x=1&x=2+3&y", :headers {"X-A" ["1" "2"]}, :cookies {:c "1", :d "2"}})

(defn- event [source & {:as more}] (local/event (merge request {:source source} more)))

(deftest a-rest-event-is-made
  (let [e (event :rest)]
    (is (= {"httpMethod" "POST", "path" "/a%20b", "resource" "/{proxy+}", "body" nil, "isBase64Encoded" false
            "queryStringParameters" {"x" "2 3", "y" ""}, "multiValueQueryStringParameters" {"x" ["1" "2 3"], "y" [""]}
            "pathParameters" nil, "stageVariables" nil}
           (dissoc e "headers" "multiValueHeaders" "requestContext")))
    (is (= ["2" ["1" "2"]] [(get-in e ["headers" "X-A"]) (get-in e ["multiValueHeaders" "X-A"])]))
    (is (= "c=1; d=2" (get-in e ["headers" "cookie"])))
    (is (= "/dev/a%20b" (get-in e ["requestContext" "path"])))))

(deftest an-http-api-event-is-made
  (let [e (event :http :stage "prod")]
    (is (= {"version" "2.0", "routeKey" "$default", "rawPath" "/prod/a b", "rawQueryString" "x=1&x=2+3&y", "cookies" ["c=1" "d=2"]
            "queryStringParameters" {"x" "1,2 3", "y" ""}, "body" nil, "isBase64Encoded" false}
           (dissoc e "headers" "requestContext")))
    (is (= "1,2" (get-in e ["headers" "x-a"])))
    (is (nil? (get-in e ["headers" "cookie"])))
    (is (= "/a b" (get (event :http) "rawPath")))))

(deftest a-function-url-event-is-made
  (let [e (event :function-url)]
    (is (= ["/a%20b" "$default" ["c=1" "d=2"] "c=1; d=2"]
           [(e "rawPath") (e "routeKey") (e "cookies") (get-in e ["headers" "cookie"])]))))

(deftest a-load-balancers-event-is-made
  (let [e (event :alb)]
    (is (= {"httpMethod" "POST", "path" "/a%20b", "queryStringParameters" {"x" "2+3", "y" ""}, "body" "", "isBase64Encoded" false}
           (dissoc e "headers" "requestContext")))
    (is (= "2" (get-in e ["headers" "x-a"]))))
  (let [e (event :alb :multi-value true)]
    (is (= {"x" ["1" "2+3"], "y" [""]} (e "multiValueQueryStringParameters")))
    (is (= ["1" "2"] (get-in e ["multiValueHeaders" "x-a"])))
    (is (= [nil nil] [(e "headers") (e "queryStringParameters")]))))

(deftest bodies-are-text-or-base64-as-from-the-source
  (doseq [source [:rest :http :function-url :alb :websocket]]
    (testing source
      (doseq [[body type sent] [["ü" "text/plain" ["ü" false]]
                                [(.getBytes "ü" "UTF-8") "application/json" ["ü" false]]
                                [(byte-array [-1]) "text/plain" ["/w==" true]]
                                [(byte-array [0 1]) "image/png" ["AAE=" true]]
                                [{:a 1} "application/json" ["{\"a\":1}" false]]
                                ["" "text/plain" ["" false]]]]
        (is (= sent ((juxt #(get % "body") #(get % "isBase64Encoded"))
                     (event source :body body :headers {:content-type type}))))))))
