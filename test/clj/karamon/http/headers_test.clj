(ns karamon.http.headers-test
  "Rows H1, H2 and C1: headers and cookies of requests."
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.test-events :refer [event request sources]]))

(set! *warn-on-reflection* true)

(defn- headers [source fields]
  (select-keys (request (event source fields)) [:headers :headers-all]))

(deftest h1-single-values-fill-what-the-multi-map-lacks
  (let [filled  {:headers     {:a "1,2", :host "h", :user-agent "u"}
                 :headers-all {:a ["1" "2"], :host ["h"], :user-agent ["u"]}}
        single  (array-map "A" "2", "Host" "h", "User-Agent" "u")]
    (doseq [source [:rest :http-1.0 :alb], resource [{} {"resource" "/x"}]]
      (testing [source resource]
        (is (= filled (headers source (merge resource {"headers" single, "multiValueHeaders" {"a" ["1" "2"]}}))))
        (is (= filled (headers source (merge resource {"headers" single, "multiValueHeaders" {"A" ["1" "2"], "Host" []}}))))
        (testing "in another order"
          (is (= filled (headers source (merge resource {"headers"           single
                                                         "multiValueHeaders" (array-map "user-agent" ["u"], "A" ["1" "2"])})))))
        (testing "null has no value"
          (is (= {:headers {:a "1"}, :headers-all {:a ["1"]}}
                 (headers source (merge resource {"headers" {"a" "1", "b" nil}, "multiValueHeaders" {"a" ["1"]}})))))))))

(deftest h1-names-become-lower-case-and-duplicates-merge-in-order
  (testing "REST: the multi map"
    (is (= {:headers {:x-tag "one,two,three", :accept "*/*"}, :headers-all {:x-tag ["one" "two" "three"], :accept ["*/*"]}}
           (headers :rest {"headers"           {"X-Tag" "three", "Accept" "*/*"}
                           "multiValueHeaders" {"X-Tag" ["one" "two"], "Accept" ["*/*"], "x-tag" ["three"]}}))))
  (testing "REST: only the single map, names that differ in case"
    (is (= {:headers {:x-tag "one,two"}, :headers-all {:x-tag ["one" "two"]}}
           (headers :rest {"headers" (array-map "X-Tag" "one", "x-tag" "two")}))))
  (testing "repeated cookies join with a semicolon"
    (is (= {:headers {:cookie "a=1; b=2"}, :headers-all {:cookie ["a=1" "b=2"]}}
           (headers :rest {"multiValueHeaders" {"Cookie" ["a=1" "b=2"]}}))))
  (testing "the others: joined by the source, or the multi map"
    (is (= {:headers {:x-tag "one,two"}, :headers-all {:x-tag ["one,two"]}}
           (headers :http {"headers" {"x-tag" "one,two"}})
           (headers :function-url {"headers" {"x-tag" "one,two"}})))
    (is (= {:headers {:x-tag "one,two"}, :headers-all {:x-tag ["one" "two"]}}
           (headers :alb {"multiValueHeaders" {"x-tag" ["one" "two"]}}))))
  (testing "lower case in any locale"
    (let [before (java.util.Locale/getDefault)]
      (try
        (java.util.Locale/setDefault (java.util.Locale/forLanguageTag "tr"))
        (is (= {:x-title-i "1"} (:headers (headers :rest {"headers" {"X-TITLE-I" "1"}}))))
        (finally (java.util.Locale/setDefault before))))))

(deftest h2-missing-or-odd-headers-never-fail
  (doseq [source sources]
    (testing source
      (doseq [fields [{} {"headers" nil} {"headers" {}} {"multiValueHeaders" nil, "headers" nil}
                      {"multiValueHeaders" {}, "headers" {}} {"headers" {"x" nil}} {"multiValueHeaders" {"x" []}}
                      {"multiValueHeaders" {"x" [nil]}}]]
        (testing fields
          (is (= {:headers {}, :headers-all {}} (headers source fields)))))
      (is (= {:headers {:123 "a", :x-n "1"}, :headers-all {:123 ["a"], :x-n ["1"]}}
             (headers source {"headers" {"123" "a", "X-N" 1}})))
      (is (= {:headers {:x "a,1,true"}, :headers-all {:x ["a" "1" "true"]}}
             (headers source {"multiValueHeaders" {"x" ["a" nil 1 true]}})))))
  (testing "a health check of a load balancer"
    (is (= {:headers {:user-agent "ELB-HealthChecker/2.0"}, :host nil, :client-ip nil, :scheme :http, :cookies {}, :body nil}
           (select-keys (request (event :alb {"headers" {"user-agent" "ELB-HealthChecker/2.0"}, "body" ""}))
                        [:headers :host :client-ip :scheme :cookies :body])))))

(defn- cookies [source fields]
  (let [{:keys [cookies headers headers-all]} (request (event source fields))]
    [cookies (:cookie headers) (:cookie headers-all)]))

(deftest c1-each-cookie-occurs-once
  (testing "an HTTP API: the array and no header"
    (is (= [{"a" "1", "b" "2"} "a=1; b=2" ["a=1; b=2"]] (cookies :http {"cookies" ["a=1" "b=2"]}))))
  (testing "a function URL: both"
    (is (= [{"a" "1", "b" "2"} "a=1; b=2" ["a=1; b=2"]]
           (cookies :function-url {"cookies" ["a=1" "b=2"], "headers" {"cookie" "a=1; b=2"}}))))
  (testing "REST and ALB: the header"
    (is (= [{"a" "1", "b" "2"} "a=1; b=2" ["a=1; b=2"]]
           (cookies :rest {"headers" {"Cookie" "a=1; b=2"}})
           (cookies :alb {"headers" {"cookie" "a=1; b=2"}}))))
  (testing "an array together with a null header"
    (is (= [{"a" "1"} "a=1" ["a=1"]] (cookies :http {"cookies" ["a=1"], "headers" {"cookie" nil}}))))
  (testing "nothing but nulls, or nothing"
    (is (= [{} nil nil]
           (cookies :http {"cookies" [nil]}) (cookies :http {"cookies" []}) (cookies :http {"cookies" nil}) (cookies :http {}))))
  (testing "names and values: letter case kept, quotes removed, equals signs, no value, the first of two"
    (is (= {"Name" "a=b", "q" "x y", "empty" "", "two" "1"}
           (first (cookies :http {"cookies" ["Name=a=b" "q=\"x y\"" "empty=" "novalue" "two=1" "two=2"]}))))))
