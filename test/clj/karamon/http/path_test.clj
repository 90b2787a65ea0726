(ns karamon.http.path-test
  "Rows P1 to P4: paths, path parameters and resources."
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.test-events :refer [event request]])
  (:import
   (karamon.text Percent)))

(set! *warn-on-reflection* true)

(defn- path
  ([source sent] (path source sent {}))
  ([source sent options]
   (:path (request (event source {(if (#{:http :function-url} source) "rawPath" "path") sent}) options))))

(deftest p1-the-path-is-always-encoded-and-never-twice
  (doseq [source [:rest :function-url :alb :lattice]]
    (testing (str source " sends it encoded")
      (is (= "/a%20b%2Fc/%C3%A9" (path source "/a%20b%2Fc/%C3%A9")))))
  ;; Captures: https://github.com/hotsock/voker/pull/8. An escape that is left was %25 in the request: if a router decoded it, it could
  ;; become ../ (CWE-174).
  (testing "an HTTP API sends it decoded, in both formats"
    (doseq [source       [:http :http-1.0]
            [sent encoded] {"/a b"                 "/a%20b"
                            "/a?b"                 "/a%3Fb"
                            "/a#b"                 "/a%23b"
                            "/a\tb\u0001"          "/a%09b%01"
                            "/é/😀"                "/%C3%A9/%F0%9F%98%80"
                            "/100%"                "/100%25"
                            "/100%zz"              "/100%25zz"
                            "/a%20b"               "/a%2520b"
                            "/files/%2e%2e%2fsecret" "/files/%252e%252e%252fsecret"
                            "/a+b:c@d;e=f,g&h!$'()*~-._" "/a+b:c@d;e=f,g&h!$'()*~-._"}]
      (testing [source sent]
        (is (= encoded (path source sent)))
        (is (= sent (Percent/decode (path source sent) false))))))
  (testing "an HTTP API's http.path is ignored"
    (is (= "/raw" (:path (request (event :http {"rawPath" "/raw", "requestContext" {"http" {"path" "/decoded"}}})))))))

(deftest p2-rest-path-parameters-are-decoded-once-and-keep-their-names
  (is (= {:userId "a b", :proxy "x/y/%41+"}
         (:path-parameters (request (event :rest {"pathParameters" {"userId" "a%20b", "proxy" "x%2Fy/%2541+"}})))))
  (testing "null if there are none"
    (is (= {} (:path-parameters (request (event :rest {"pathParameters" nil}))) (:path-parameters (request (event :rest {}))))))
  (testing "an HTTP API sends them decoded"
    (doseq [source [:http :http-1.0], value ["a%20b" "a%41" "50%25"]]
      (is (= {:userId value} (:path-parameters (request (event source {"pathParameters" {"userId" value}})))))))
  (testing "malformed escapes stay"
    (is (= {:a "%zz"} (:path-parameters (request (event :rest {"pathParameters" {"a" "%zz"}})))))))

(deftest p3-an-http-apis-named-stage-is-stripped-once-and-literally
  (doseq [[stage sent stripped] [["prod" "/prod/users" "/users"]
                                 ["prod" "/prod" "/"]
                                 ["prod" "/prod/" "/"]
                                 ["prod" "/prod/prod/x" "/prod/x"]
                                 ["prod" "/production/x" "/production/x"]
                                 ["prod" "/users" "/users"]
                                 ["p.od" "/prod/x" "/prod/x"]
                                 ["$default" "/$default/x" "/$default/x"]]]
    (testing (str stage " " sent)
      (is (= stripped
             (:path (request (event :http {"rawPath" sent, "requestContext" {"stage" stage}})))
             (:path (request (event :http-1.0 {"path" sent, "requestContext" {"stage" stage}})))))))
  (testing "no other source has it in the path"
    (doseq [source [:rest :function-url :alb :lattice]]
      (is (= "/prod/x" (:path (request (event source {"path"           "/prod/x"
                                                      "rawPath"        "/prod/x"
                                                      "requestContext" {"stage" "prod"}}))))))))

(deftest p3-on-a-custom-domain-the-route-decides-whether-the-path-has-the-stage
  (doseq [[route sent path] [["/list" "/prod/list" "/list"]
                             ["/prod/list" "/prod/list" "/prod/list"]
                             ["/prod/list" "/prod/prod/list" "/prod/list"]
                             ["/prod" "/prod" "/prod"]
                             ["/prod" "/prod/prod" "/prod"]
                             ["/" "/prod" "/"]
                             ["/" "/prod/" "/"]
                             ["/prod/{id}" "/prod/7" "/prod/7"]
                             ["/{kind}/{id}" "/prod/7" "/prod/7"]
                             ["/{id}" "/prod/7" "/7"]
                             ["/prod/{proxy+}" "/prod/a/b" "/prod/a/b"]
                             ["/{proxy+}" "/prod/a/b" "/a/b"]
                             ["/{proxy+}" "/prod" "/prod"]
                             ["/users/{proxy+}" "/prod/users/a/b" "/users/a/b"]
                             ["/other" "/prod/list" "/list"]]]
    (testing [route sent]
      (is (= path
             (:path (request (event :http {"routeKey" (str "GET " route), "rawPath" sent, "requestContext" {"stage" "prod"}})))
             (:path (request (event :http-1.0 {"resource" route, "path" sent, "requestContext" {"stage" "prod"}}))))))))

(deftest p3-the-base-path-is-stripped-at-a-segments-boundary
  (doseq [source [:rest :function-url :alb :lattice]
          [base sent stripped] [["/api" "/api/users" "/users"]
                                ["/api" "/api" "/"]
                                ["/api" "/api/api" "/api"]
                                ["/api" "/apiv2/users" "/apiv2/users"]
                                ["/api" "/users/api" "/users/api"]
                                ["/a/b" "/a/b/c" "/c"]
                                ["/größe" "/gr%C3%B6%C3%9Fe/x" "/x"]]]
    (testing (str source " " base " " sent)
      (is (= stripped (path source sent {:base-path base})))))
  (testing "of an HTTP API, which decodes it"
    (is (= "/x" (path :http "/größe/x" {:base-path "/größe"})))
    (is (= "/x" (path :http "/api/x" {:base-path "/api"}))))
  (testing "after the stage"
    (is (= "/x" (:path (request (event :http {"rawPath" "/prod/api/x", "requestContext" {"stage" "prod"}})
                                {:base-path "/api"}))))))

(deftest p4-an-empty-path-is-a-slash
  (doseq [source [:rest :http :http-1.0 :function-url :alb :lattice], sent ["" nil]]
    (testing source
      (is (= "/" (path source sent)))))
  (is (= "/" (:path (request (event :websocket {}))))))

(deftest the-resource-is-the-route-if-the-source-has-one
  (is (= "/users/{id}" (:resource (request (event :rest {"resource" "/users/{id}"})))))
  (is (= "/users/{id}" (:resource (request (event :http {"routeKey" "ANY /users/{id}"})))))
  (is (= "$default" (:resource (request (event :http {"routeKey" "$default"})))))
  (is (= "$default" (:resource (request (event :function-url {"routeKey" "$default"})))))
  (is (= "$connect" (:resource (request (event :websocket {"requestContext" {"routeKey" "$connect"}})))))
  (is (nil? (:resource (request (event :alb {"resource" "/x"})))))
  (is (nil? (:resource (request (event :rest {}))))))
