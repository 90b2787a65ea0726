(ns karamon.http.request-map-test
  "The whole request map of a full event of each source."
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.test-events :refer [read-json request sample-bytes smallest sources]]))

(set! *warn-on-reflection* true)

(defn- sample [file-name] (request (sample-bytes file-name)))

(deftest a-rest-request-is-read
  (is (= {:method          :post
          :path            "/users/a%20b/files/x%2Fy/z"
          :resource        "/users/{userId}/files/{proxy+}"
          :path-parameters {:userId "a b", :proxy "x/y/z"}
          :query           {:userId "b c", (keyword "a[]") "2"}
          :query-all       {:userId ["b c"], (keyword "a[]") ["1" "2"]}
          :query-string    "userId=b%20c&a%5B%5D=1&a%5B%5D=2"
          :headers         {:host              "api1.execute-api.eu-west-1.amazonaws.com"
                            :content-type      "text/plain; charset=utf-8"
                            :cookie            "seen=1; theme=dark"
                            :x-forwarded-for   "203.0.113.7, 130.176.1.1"
                            :x-forwarded-proto "https"
                            :x-tag             "one,two"}
          :headers-all     {:host              ["api1.execute-api.eu-west-1.amazonaws.com"]
                            :content-type      ["text/plain; charset=utf-8"]
                            :cookie            ["seen=1; theme=dark"]
                            :x-forwarded-for   ["203.0.113.7, 130.176.1.1"]
                            :x-forwarded-proto ["https"]
                            :x-tag             ["one" "two"]}
          :cookies         {"seen" "1", "theme" "dark"}
          :body            "größe"
          :base64?         false
          :context         {:account-id         "111122223333"
                            :api-id             "api1"
                            :authorizer         {:principalId "user1", :claims {:cognito:userName "hoge", :customClaim "x"}}
                            :domain-name        "api1.execute-api.eu-west-1.amazonaws.com"
                            :http-method        "POST"
                            :identity           {:source-ip                "203.0.113.7"
                                                 :user-agent               "curl/8"
                                                 :cognito-identity-pool-id nil
                                                 :client-cert              {:subject-dn "CN=hoge"}}
                            :path               "/dev/users/a%20b/files/x%2Fy/z"
                            :protocol           "HTTP/1.1"
                            :request-id         "r-1"
                            :request-time-epoch 1700000000000
                            :resource-path      "/users/{userId}/files/{proxy+}"
                            :stage              "dev"}
          :stage-variables {:tableName "users-dev"}
          :client-ip       "203.0.113.7"
          :scheme          :https
          :host            "api1.execute-api.eu-west-1.amazonaws.com"
          :source          :rest}
         (sample "rest"))))

(deftest an-http-api-request-is-read
  (is (= {:method          :get
          :path            "/users/a%20b"
          :resource        "/users/{userId}"
          :path-parameters {:userId "a b"}
          :query           {:userId "b c", (keyword "a[]") "2", :list "1,2", :plus "+ "}
          :query-all       {:userId ["b c"], (keyword "a[]") ["1" "2"], :list ["1,2"], :plus ["+ "]}
          :query-string    "userId=b%20c&a[]=1&a[]=2&list=1,2&plus=%2B+"
          :headers         {:accept            "text/html,application/json"
                            :cookie            "seen=1; theme=dark"
                            :host              "api2.execute-api.eu-west-1.amazonaws.com"
                            :x-forwarded-for   "203.0.113.7"
                            :x-forwarded-proto "https"}
          :headers-all     {:accept            ["text/html,application/json"]
                            :cookie            ["seen=1; theme=dark"]
                            :host              ["api2.execute-api.eu-west-1.amazonaws.com"]
                            :x-forwarded-for   ["203.0.113.7"]
                            :x-forwarded-proto ["https"]}
          :cookies         {"seen" "1", "theme" "dark"}
          :body            nil
          :base64?         false
          :context         {:account-id    "111122223333"
                            :api-id        "api2"
                            :authorizer    {:jwt {:claims {:clientId "c", :sub "s"}, :scopes nil}}
                            :domain-name   "api2.execute-api.eu-west-1.amazonaws.com"
                            :domain-prefix "api2"
                            :http          {:method     "GET"
                                            :path       "/prod/users/a b"
                                            :protocol   "HTTP/1.1"
                                            :source-ip  "203.0.113.7"
                                            :user-agent "curl/8"}
                            :request-id    "r-2"
                            :route-key     "GET /users/{userId}"
                            :stage         "prod"
                            :time-epoch    1700000000000}
          :stage-variables {:tableName "users-prod"}
          :client-ip       "203.0.113.7"
          :scheme          :https
          :host            "api2.execute-api.eu-west-1.amazonaws.com"
          :source          :http}
         (sample "http-api"))))

(deftest a-function-url-request-is-read
  (let [r (sample "function-url")]
    (is (= {:method          :put
            :path            "/files/a%20b"
            :resource        "$default"
            :path-parameters {}
            :query           {}
            :query-all       {}
            :query-string    nil
            :headers         {:content-type      "application/octet-stream"
                              :cookie            "seen=1; theme=dark"
                              :host              "abc123.lambda-url.eu-west-1.on.aws"
                              :x-forwarded-proto "https"}
            :headers-all     {:content-type      ["application/octet-stream"]
                              :cookie            ["seen=1; theme=dark"]
                              :host              ["abc123.lambda-url.eu-west-1.on.aws"]
                              :x-forwarded-proto ["https"]}
            :cookies         {"seen" "1", "theme" "dark"}
            :body            [0 1 -1 -2]
            :base64?         true
            :stage-variables {}
            :client-ip       "2001:db8::7"
            :scheme          :https
            :host            "abc123.lambda-url.eu-west-1.on.aws"
            :source          :function-url}
           (dissoc (update r :body vec) :context)))
    (is (= {:iam {:accessKey "AKIA", :cognitoIdentity nil, :userArn "arn:aws:iam::1:user/hoge"}}
           (get-in r [:context :authorizer])))))

(deftest a-load-balancers-request-is-read
  (testing "single values"
    (is (= {:method          :delete
            :path            "/users/a%20b"
            :resource        nil
            :path-parameters {}
            :query           {:userId "b c d", (keyword "a[]") "2"}
            :query-all       {:userId ["b c d"], (keyword "a[]") ["2"]}
            :query-string    "user%49d=b+c%20d&a[]=2"
            :headers         {:host              "lb-1.eu-west-1.elb.amazonaws.com"
                              :cookie            "seen=1"
                              :x-forwarded-for   "198.51.100.1, 203.0.113.7"
                              :x-forwarded-port  "80"
                              :x-forwarded-proto "http"}
            :headers-all     {:host              ["lb-1.eu-west-1.elb.amazonaws.com"]
                              :cookie            ["seen=1"]
                              :x-forwarded-for   ["198.51.100.1, 203.0.113.7"]
                              :x-forwarded-port  ["80"]
                              :x-forwarded-proto ["http"]}
            :cookies         {"seen" "1"}
            :body            nil
            :base64?         false
            :context         {:elb {:target-group-arn "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/one/1"}}
            :stage-variables {}
            :client-ip       "203.0.113.7"
            :scheme          :http
            :host            "lb-1.eu-west-1.elb.amazonaws.com"
            :source          :alb}
           (sample "alb"))))
  (testing "multiple values"
    (is (= {:method :get, :path "/", :query {(keyword "a[]") "+ "}, :query-all {(keyword "a[]") ["1" "+ "]}
            :query-string "a[]=1&a[]=%2B+", :cookies {"seen" "1", "theme" "dark"}, :client-ip "203.0.113.7", :scheme :https}
           (select-keys (sample "alb-multi-value")
                        [:method :path :query :query-all :query-string :cookies :client-ip :scheme])))
    (is (= "text/html,application/json" (get-in (sample "alb-multi-value") [:headers :accept])))))

(deftest a-websocket-request-is-read
  (testing "connecting"
    (is (= {:method nil, :path "/", :resource "$connect", :query {:room "b c"}, :query-all {:room ["a" "b c"]}
            :query-string "room=a&room=b%20c", :body nil, :client-ip "203.0.113.7", :scheme :wss
            :host "ws1.execute-api.eu-west-1.amazonaws.com", :source :websocket}
           (select-keys (sample "websocket-connect")
                        [:method :path :resource :query :query-all :query-string :body :client-ip :scheme :host :source]))))
  (testing "a message"
    (is (= {:method nil, :resource "sendMessage", :headers {}, :body "{\"action\":\"sendMessage\"}", :base64? false
            :host "ws1.execute-api.eu-west-1.amazonaws.com"}
           (select-keys (sample "websocket-message") [:method :resource :headers :body :base64? :host])))))

(deftest every-source-gives-the-same-keys
  (let [all #{:method :path :resource :path-parameters :query :query-all :query-string :headers :headers-all :cookies :body
              :base64? :context :stage-variables :client-ip :scheme :host :source}]
    (doseq [source sources]
      (testing source
        (is (= all (set (keys (request (smallest source))))))
        (is (= (conj all :raw) (set (keys (request (smallest source) {:raw true})))))))))

(deftest raw-is-the-event-as-sent-with-the-option
  (doseq [file-name ["rest" "http-api" "function-url" "alb" "alb-multi-value" "websocket-connect"]]
    (is (= (read-json (sample-bytes file-name)) (:raw (request (sample-bytes file-name) {:raw true}))))))

(deftest any-verb-is-a-method
  (doseq [[sent method] {"GET" :get, "PROPFIND" :propfind, "M-SEARCH" :m-search, "get" :get}]
    (is (= method (:method (request (assoc (smallest :rest) "httpMethod" sent)))))
    (is (= method (:method (request (assoc-in (smallest :http) ["requestContext" "http" "method"] sent)))))))
