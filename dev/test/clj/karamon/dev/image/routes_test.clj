(ns karamon.dev.image.routes-test
  (:require
   [clojure.string :as str]
   [clojure.test :refer [are deftest is]]
   [karamon.dev.gateway.service :as service]
   [karamon.dev.image.routes :as routes]))

(set! *warn-on-reflection* true)

(defn- of [& lines]
  (routes/of-service (service/parse (str "service: shop\nprovider:\n  name: aws\n" (str/join "\n" lines)) "serverless.yml" {:env {}})))

(deftest a-route-that-cannot-be-protected-refuses-all-requests
  (let [{:keys [routes warnings]} (of "functions:"
                                      "  all: {clj: a/all, events: [{http: 'ANY /{proxy+}'}]}"
                                      "  admin: {clj: a/all, events: [{http: {path: admin, method: get, authorizer: aws_iam}}]}"
                                      "  key: {clj: a/all, events: [{http: {path: key, method: get, private: true}}]}")]
    (is (= {"/{proxy+}" nil, "/admin" "refuse", "/key" "refuse"}
           (into {} (map (juxt #(% "path") #(get-in % ["authorizer" "name"]))) (routes "routes")))
        "without them, requests would reach the first route")
    (is (= {"refuse" {"type" "refuse"}} (routes "authorizers")))
    (is (= 2 (count (filter #(str/includes? % "is refused with 403 by the server: ") warnings))) (str/join "\n" warnings))))

(deftest a-token-authorizer-without-an-audience-refuses-all-requests
  (let [{:keys [routes warnings]} (of "  httpApi: {authorizers: {t: {type: jwt, issuerUrl: https://i, identitySource: $request.header.Authorization}}}"
                                      "functions:"
                                      "  a: {clj: a/a, events: [{httpApi: {path: /a, method: get, authorizer: {name: t}}}]}")]
    (is (= {"refuse" {"type" "refuse"}} (routes "authorizers")))
    (is (some #(str/includes? % "the audience of t isn't known") warnings) (str/join "\n" warnings))))

(deftest an-authorizer-that-gets-another-event-is-warned-about
  (let [warnings (fn [version]
                   (:warnings (of (str "  httpApi: {authorizers: {check: {type: request, functionName: check, payloadVersion: '" version "'}}}")
                                  "functions:"
                                  "  check: {clj: a/check}"
                                  "  a: {clj: a/a, events: [{httpApi: {path: /a, method: get, authorizer: {name: check}}}]}")))]
    (is (= [] (warnings "2.0")))
    (is (= 1 (count (filter #(str/includes? % "check gets the event in payload format 2.0 from the server") (warnings "1.0")))))))

(deftest authorizers-of-one-name-are-different-ones
  (let [{:keys [routes]} (of "functions:"
                             "  check: {clj: a/check}"
                             "  a: {clj: a/a, events: [{http: {path: a, method: get, authorizer: {name: check, resultTtlInSeconds: 0}}}]}"
                             "  b: {clj: a/a, events: [{http: {path: b, method: get, authorizer: {name: check, identityValidationExpression: '^x$'}}}]}"
                             "  c: {clj: a/a, events: [{http: {path: c, method: get, authorizer: {name: check, resultTtlInSeconds: 0}}}]}")
        authorizer (fn [path] (some #(when (= path (% "path")) (get-in routes ["authorizers" (get-in % ["authorizer" "name"])])) (routes "routes")))]
    (is (= [nil "^x$" nil] (map #(get (authorizer %) "identityValidationExpression") ["/a" "/b" "/c"])))
    (is (= [0 300 0] (map #(get (authorizer %) "resultTtlInSeconds") ["/a" "/b" "/c"])))))

(deftest cors-stays-as-declared-with-no-origin-or-only-defaults
  (let [cors (fn [text]
               (-> (of (str "  httpApi: {cors: " text "}") "functions:" "  a: {clj: a/a, events: [{httpApi: 'GET /a'}]}")
                   (get-in [:routes "routes" 0 "cors"])))]
    (are [declared entry] (= entry (cors declared))
      "{allowedOrigins: []}"                              {"allowedOrigins" []}
      "{allowedOrigins: https://a.test, maxAge: 60}"      {"allowedOrigins" ["https://a.test"], "maxAge" 60}
      "{allowCredentials: false}"                         true
      "true"                                              true)))

(deftest answers-are-kept-only-for-sources-that-the-server-knows
  (let [ttl (fn [source]
              (get-in (of "  httpApi: {authorizers: {check: {type: request, functionName: check, resultTtlInSeconds: 60, enableSimpleResponses: true,"
                          (str "    identitySource: [$request.header.Authorization, " source "]}}}")
                          "functions:"
                          "  check: {clj: a/check}"
                          "  a: {clj: a/a, events: [{httpApi: {path: /a, method: get, authorizer: {name: check}}}]}")
                      [:routes "authorizers" "check" "resultTtlInSeconds"]))]
    (is (= [60 0] (map ttl ["$request.querystring.key" "$context.routeKey"])))))
