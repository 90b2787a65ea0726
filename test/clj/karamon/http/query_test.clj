(ns karamon.http.query-test
  "Rows Q1 to Q4: the query of each source."
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.test-events :refer [event request]]))

(set! *warn-on-reflection* true)

(defn- query [source fields]
  (select-keys (request (event source fields)) [:query :query-all :query-string]))

(def ^:private none {:query {}, :query-all {}, :query-string nil})

(deftest q1-rest-uses-the-multi-map-or-else-the-single-map-and-decodes-neither
  (testing "multi: all values, the last one as the value"
    (is (= {:query        {:a "2", :b "x y"}
            :query-all    {:a ["1" "2"], :b ["x y"]}
            :query-string "a=1&a=2&b=x%20y"}
           (query :rest {"queryStringParameters"           {"a" "2", "b" "x y"}
                         "multiValueQueryStringParameters" {"a" ["1" "2"], "b" ["x y"]}}))))
  (testing "single only"
    (is (= {:query {:a "2"}, :query-all {:a ["2"]}, :query-string "a=2"}
           (query :rest {"queryStringParameters" {"a" "2"}})))
    (is (= {:query {:a "2"}, :query-all {:a ["2"]}, :query-string "a=2"}
           (query :rest {"queryStringParameters" {"a" "2"}, "multiValueQueryStringParameters" {}}))))
  (testing "it is decoded already: escapes that remain are literal"
    (is (= {:query {(keyword "%41") "%2B+"}, :query-all {(keyword "%41") ["%2B+"]}, :query-string "%2541=%252B%2B"}
           (query :rest {"multiValueQueryStringParameters" {"%41" ["%2B+"]}}))))
  (testing "none"
    (is (= none (query :rest {}) (query :rest {"queryStringParameters" nil, "multiValueQueryStringParameters" nil})))))

(deftest q2-http-api-and-function-url-read-only-the-raw-query-string
  (doseq [source [:http :function-url]]
    (testing source
      (is (= {:query        {:list "1,2", :a "2"}
              :query-all    {:list ["1,2"], :a ["1" "2"]}
              :query-string "list=1,2&a=1&a=2"}
             (query source {"rawQueryString"        "list=1,2&a=1&a=2"
                            "queryStringParameters" {"list" "1,2", "a" "1,2", "other" "x"}})))
      (is (= {:query {:a "1,2", :b "x y"}, :query-all {:a ["1,2"], :b ["x y"]}, :query-string "a=1%2C2&b=x%20y"}
             (query source {"rawQueryString" "", "queryStringParameters" {"a" "1,2", "b" "x y"}})
             (query source {"queryStringParameters" {"a" "1,2", "b" "x y"}})))
      (is (= none
             (query source {"rawQueryString" nil, "multiValueQueryStringParameters" {"a" ["1"]}})
             (query source {}))))))

(deftest q1-single-values-fill-what-the-multi-map-lacks
  (doseq [source [:rest :http-1.0 :alb]]
    (is (= {:query {:a "2", :b "3", :c "4"}, :query-all {:a ["1" "2"], :b ["3"], :c ["4"]}, :query-string "a=1&a=2&b=3&c=4"}
           (query source {"queryStringParameters"           {"a" "2", "b" "3", "c" "4"}
                          "multiValueQueryStringParameters" {"a" ["1" "2"], "c" []}})))))

;; https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html shows the maps; that the path has the query is Envoy's way,
;; see karamon.http.Query.
(deftest vpc-lattice-sends-the-query-in-the-path-and-in-a-map
  (is (= {:query {:a "2"}, :query-all {:a ["1 b" "2"]}, :query-string "a=1%20b&a=2"}
         (query :lattice {"path" "/x?a=1%20b&a=2", "queryStringParameters" {"a" ["1%20b" "2"]}})
         (query :lattice {"path" "/x", "queryStringParameters" {"a" ["1%20b" "2"]}})))
  (is (= "/x" (:path (request (event :lattice {"path" "/x?a=1"})))))
  (is (= "/" (:path (request (event :lattice {"path" "?a=1"})))))
  (is (= none (query :lattice {"path" "/x?"}) (query :lattice {}))))

(deftest q3-alb-decodes-names-and-values-once-as-form-data
  (testing "single"
    (is (= {:query {:userId "b c d"}, :query-all {:userId ["b c d"]}, :query-string "user%49d=b+c%20d"}
           (query :alb {"queryStringParameters" {"user%49d" "b+c%20d"}}))))
  (testing "multi"
    (is (= {:query {:a "+ "}, :query-all {:a ["1" "+ "]}, :query-string "a=1&a=%2B+"}
           (query :alb {"multiValueQueryStringParameters" {"a" ["1" "%2B+"]}}))))
  (testing "once only"
    (is (= "%41" (get-in (query :alb {"queryStringParameters" {"a" "%2541"}}) [:query :a]))))
  (testing "names that differ in encoding only are the same"
    (is (= {:a ["1" "2"]} (:query-all (query :alb {"multiValueQueryStringParameters" {"a" ["1"], "%61" ["2"]}}))))))

(deftest q4-odd-queries-lose-nothing
  (doseq [[raw all] {"a"              {:a [""]}
                     "a="             {:a [""]}
                     "a[]=1&a[]=2"    {(keyword "a[]") ["1" "2"]}
                     "a=1=2"          {:a ["1=2"]}
                     "a=%2B+"         {:a ["+ "]}
                     "a+b=1"          {(keyword "a b") ["1"]}
                     "a=%zz"          {:a ["%zz"]}
                     "a=%4"           {:a ["%4"]}
                     "a=%"            {:a ["%"]}
                     "a=%ff"          {:a ["%ff"]}
                     "a=%C3%A9%zz"    {:a ["é%zz"]}
                     "a=%F0%9F%98%80" {:a ["😀"]}
                     "=1"             {(keyword "") ["1"]}
                     "&&a=1&"         {:a ["1"]}
                     "a/b=1"          {:a/b ["1"]}
                     "userId=1"       {:userId ["1"]}
                     "a;b=1"          {(keyword "a;b") ["1"]}}]
    (testing raw
      (is (= {:query-all all, :query (update-vals all peek), :query-string raw}
             (query :http {"rawQueryString" raw})))))
  (testing "REST: values that are null or empty"
    (is (= {:query {:a "", :b ""}, :query-all {:a [""], :b [""]}, :query-string "a=&b="}
           (query :rest {"queryStringParameters" {"a" nil, "b" ""}}))))
  (testing "ALB: malformed escapes stay"
    (is (= {:a "%zz", :b ""} (:query (query :alb {"queryStringParameters" {"a" "%zz", "b" ""}}))))))
