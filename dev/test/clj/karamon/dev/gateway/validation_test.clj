(ns karamon.dev.gateway.validation-test
  "Requests that a REST API refuses before the function, and API keys, over HTTP."
  (:require
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.gateway.json-schema :as json-schema]
   [karamon.dev.gateway.server :as server]
   [karamon.test.client :as client])
  (:import
   (clojure.lang ExceptionInfo)
   (karamon.json JsonReader JsonWriter Keys)))

(set! *warn-on-reflection* true)

(defn key-name [event _]
  {"statusCode" 200, "body" (str (get-in event ["requestContext" "identity" "apiKeyId"]))})

(defn- call-with-service
  "Calls `f` with a function that sends a request and returns its response, and with an atom of the logged texts."
  [routes service f]
  (let [logged (atom [])]
    (with-open [gateway (server/start {:service (merge {:functions [{:name "f", :handler "karamon.dev.gateway.validation-test/key-name"
                                                                     :timeout-ms 60000, :memory-mb 128, :routes routes}]}
                                                       service)
                                       :folders [], :port 0, :log #(swap! logged conj %)})]
      (f (fn [request] (client/request (assoc request :port (:port gateway)))) logged))))

(defn- answer [request-function request]
  ((juxt :status :body) (request-function request)))

(deftest required-parameters-are-checked
  (call-with-service [{:source :rest, :method :any, :path "/x"
                       :request {"parameters" {"querystrings" {"page" true, "size" false, "sort" {"required" true, "mappedValue" "x"}}
                                               "headers"      {"X-Tenant" true}}}}]
    {}
    (fn [request _]
      (is (= [400 "{\"message\":\"Missing required request parameters: [page, sort, X-Tenant]\"}"] (answer request {:path "/x"})))
      (is (= [400 "{\"message\":\"Missing required request parameters: [page]\"}"]
             (answer request {:path "/x?page=&sort=a", :headers {"x-tenant" "t"}})))
      (is (= 200 (:status (request {:path "/x?page=1&sort=a", :headers {"x-tenant" "t"}})))))))

(deftest bodies-are-checked-by-their-schema
  (let [schema {"$schema" "http://json-schema.org/draft-04/schema#", "type" "object", "required" ["name"]
                "properties" {"name" {"type" "string", "minLength" 2}}}]
    (call-with-service [{:source :rest, :method :post, :path "/own", :request {"schemas" {"application/json" schema}}}
                        {:source :rest, :method :post, :path "/named", :request {"schemas" {"application/json" "thing"}}}]
      {:api-gateway {"request" {"schemas" {"thing" {"name" "Thing", "schema" schema}}}}}
      (fn [request logged]
        (doseq [path ["/own" "/named"]]
          (are [status body type] (= status (:status (request {:path path, :method "POST", :body body, :headers {"content-type" type}})))
            200 "{\"name\":\"ab\"}" "application/json"
            200 "{\"name\":\"ab\"}" "application/json; charset=utf-8"
            400 "{\"name\":\"a\"}"  "application/json"
            400 "{}"                "application/json"
            400 "[]"                "application/json"
            400 "{\"name\""         "application/json"
            200 "name=a"            "application/x-www-form-urlencoded"))
        (is (= [400 "{\"message\":\"Invalid request body\"}"] (answer request {:path "/own", :method "POST"})))
        (testing "the log says why"
          (is (some #(str/includes? % "/name: expected at least 2 characters") @logged))
          (is (some #(str/includes? % "name is missing") @logged)))))))

(deftest private-routes-need-a-key
  (let [routes [{:source :rest, :method :get, :path "/private", :private true} {:source :rest, :method :get, :path "/open"}]]
    (call-with-service routes {:api-gateway {"apiKeys" ["named" {"name" "valued", "value" "0123456789abcdefghij"}
                                                        {"plan" ["in-plan"]} {"name" "off", "value" "off-value", "enabled" false}]}}
      (fn [request logged]
        (is (= [403 "{\"message\":\"Forbidden\"}"] (answer request {:path "/private"})))
        (are [status sent] (= status (:status (request {:path "/private", :headers {"X-Api-Key" sent}})))
          403 "wrong" 403 "" 403 "off-value" 403 "valued"
          200 "named" 200 "in-plan")
        (is (= [200 "valued"] (answer request {:path "/private", :headers {"x-api-key" "0123456789abcdefghij"}})))
        (is (= 200 (:status (request {:path "/open"}))))
        (is (some #(str/includes? % "x-api-key: named\n  x-api-key: 0123456789abcdefghij\n  x-api-key: in-plan") @logged))))
    (testing "a service without keys has one for this machine"
      (call-with-service routes {}
        (fn [request logged]
          (is (some #(str/includes? % "x-api-key: local-api-key") @logged))
          (is (= 200 (:status (request {:path "/private", :headers {"x-api-key" "local-api-key"}})))))))))

(defn- read-json [text]
  (JsonReader/read ^String text Keys/STRINGS))

(deftest schemas-of-draft-4
  (are [fits? schema data] (= fits? (nil? (json-schema/check (read-json schema) (read-json data))))
    true  "{\"type\":\"integer\"}" "1"
    true  "{\"type\":\"integer\"}" "1.0"
    false "{\"type\":\"integer\"}" "1.5"
    false "{\"type\":\"number\"}" "\"1\""
    true  "{\"type\":[\"string\",\"null\"]}" "null"
    false "{\"type\":\"object\"}" "null"
    true  "{\"enum\":[1,\"a\",{\"b\":[1]}]}" "{\"b\":[1.0]}"
    false "{\"enum\":[1]}" "2"
    true  "{\"minimum\":1,\"maximum\":2}" "1"
    false "{\"minimum\":1,\"exclusiveMinimum\":true}" "1"
    false "{\"maximum\":2,\"exclusiveMaximum\":true}" "2"
    true  "{\"multipleOf\":0.1}" "0.3"
    false "{\"multipleOf\":2}" "3"
    true  "{\"minLength\":1,\"maxLength\":1}" "\"😀\""
    false "{\"pattern\":\"^a\"}" "\"ba\""
    true  "{\"pattern\":\"a\"}" "\"ba\""
    false "{\"items\":{\"type\":\"string\"}}" "[\"a\",1]"
    false "{\"items\":[{},{}],\"additionalItems\":false}" "[1,2,3]"
    true  "{\"items\":[{}],\"additionalItems\":{\"type\":\"string\"}}" "[1,\"a\"]"
    false "{\"uniqueItems\":true}" "[1,2,1.0]"
    true  "{\"uniqueItems\":true}" "[]"
    false "{\"minItems\":1}" "[]"
    false "{\"maxProperties\":1}" "{\"a\":1,\"b\":1}"
    false "{\"properties\":{\"a\":{}},\"additionalProperties\":false}" "{\"b\":1}"
    true  "{\"patternProperties\":{\"^x-\":{\"type\":\"string\"}},\"additionalProperties\":false}" "{\"x-a\":\"1\"}"
    false "{\"additionalProperties\":{\"type\":\"string\"}}" "{\"b\":1}"
    false "{\"dependencies\":{\"a\":[\"b\"]}}" "{\"a\":1}"
    false "{\"required\":[\"a\"]}" "{}"
    false "{\"allOf\":[{\"minimum\":1},{\"maximum\":2}]}" "3"
    false "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}" "3"
    false "{\"oneOf\":[{\"minimum\":1},{\"minimum\":2}]}" "3"
    true  "{\"oneOf\":[{\"minimum\":1},{\"minimum\":4}]}" "3"
    false "{\"not\":{\"type\":\"string\"}}" "\"a\""
    false "{\"definitions\":{\"a/b\":{\"type\":\"string\"}},\"properties\":{\"x\":{\"$ref\":\"#/definitions/a~1b\"}}}" "{\"x\":1}"
    false "{\"properties\":{\"next\":{\"$ref\":\"#\"}},\"additionalProperties\":false}" "{\"next\":{\"next\":{\"other\":1}}}"
    true  "{\"$ref\":\"https://example.com/schema\"}" "1")
  (testing "a schema that never ends is refused"
    (is (some? (json-schema/check {"$ref" "#"} 1)))
    (is (some? (json-schema/check {"allOf" [{"$ref" "#"}]} 1)))
    (is (thrown-with-msg? ExceptionInfo #"more than 1000000 comparisons"
                          (json-schema/check {"anyOf" [{"$ref" "#"} {"$ref" "#"}]} 1))))
  (testing "deep data fits too"
    (is (nil? (json-schema/check {"type" "array", "items" {}} (read-json (str (apply str (repeat 900 "[")) (apply str (repeat 900 "]")))))))))

(deftest a-schema-of-the-user-that-is-wrong-refuses-and-says-so
  (call-with-service [{:source :rest, :method :post, :path "/x", :request {"schemas" {"application/json" {"pattern" "(", "multipleOf" 0}}}}] {}
    (fn [request logged]
      (doseq [body ["a" 1]]
        (is (= 400 (:status (request {:path "/x", :method "POST", :body (JsonWriter/string body)})))))
      (is (= 2 (count (filter #(str/includes? % "the schema can't be applied") @logged)))))))
