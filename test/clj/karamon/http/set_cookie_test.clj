(ns karamon.http.set-cookie-test
  "Cookies of responses: strings and maps."
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.test-events :refer [reply]])
  (:import
   (java.time Instant)
   (java.util Date)
   (karamon.http BadResponse)))

(set! *warn-on-reflection* true)

(defn- cookie [c] (first (get (reply :http {:cookies [c]}) "cookies")))

(deftest a-string-is-sent-unchanged
  (is (= "a=1; Path=/" (cookie "a=1; Path=/"))))

(deftest a-map-is-written-as-a-cookie
  (is (= "a=1" (cookie {:name "a", :value "1"}) (cookie {:name :a, :value 1})))
  (is (= "a=" (cookie {:name "a", :value nil}) (cookie {:name "a"})))
  (is (= "a=1; Path=/; Domain=x.org; Max-Age=60; Secure; HttpOnly; SameSite=Lax; Partitioned"
         (cookie (array-map :name "a" :value "1" :path "/" :domain "x.org" :max-age 60 :secure true :http-only true :same-site :lax
                            :partitioned true))))
  (testing "nil and false are left out"
    (is (= "a=1" (cookie {:name "a", :value "1", :path nil, :secure false, :http-only nil}))))
  (testing "an expiry date"
    (is (= "a=1; Expires=Thu, 02 Jan 2020 03:04:05 GMT"
           (cookie {:name "a", :value "1", :expires (Instant/parse "2020-01-02T03:04:05.678Z")})
           (cookie {:name "a", :value "1", :expires (Date/from (Instant/parse "2020-01-02T03:04:05Z"))})
           (cookie {:name "a", :value "1", :expires "Thu, 02 Jan 2020 03:04:05 GMT"}))))
  (testing "same-site"
    (doseq [[v written] {:lax "Lax", :strict "Strict", :none "None", "Lax" "Lax"}]
      (is (= (str "a=1; SameSite=" written) (cookie {:name "a", :value "1", :same-site v}))))))

(deftest an-invalid-cookie-is-an-error
  (doseq [[c text] [[{:value "1"} #"A cookie's :name must be a token"]
                    [{:name "a b"} #"A cookie's :name must be a token"]
                    [{:name "" :value "1"} #"A cookie's :name must be a token"]
                    [{:name "a=" :value "1"} #"A cookie's :name must be a token"]
                    [{:name "a" :value "x;y"} #"A cookie's :value can't contain a space, comma, semicolon"]
                    [{:name "a" :value "ä"} #"A cookie's :value can't contain"]
                    [{:name "a" :value "\n"} #"A cookie's :value can't contain"]
                    [{:name "a" :value "1" :path "/;x"} #"A cookie's Path can't contain a semicolon"]
                    [{:name "a" :value "1" :path "/\n"} #"The cookie's Path must contain only visible characters of Latin-1"]
                    [{:name "a" :value "1" :domain "\u0085"} #"The cookie's Domain must contain only visible"]
                    [{:name "a" :value "1" :expires "太"} #"The cookie's Expires must contain only visible"]
                    [{:name "a" :value "1" :max-age "\u007f"} #"The cookie's Max-Age must contain only visible"]
                    ["a=太" #"must contain only visible"]
                    [{:name "a" :value "1" :samesite :lax} #"A cookie has no :samesite; it has .*:same-site"]
                    [{:name "a" :value "1" :same-site :any} #"must be :lax, :strict or :none, found :any"]
                    ["a=1\r\nx: y" #"must contain only visible"]
                    [1 #"A cookie must be a Set-Cookie string or a map"]
                    [nil #"A cookie must be a Set-Cookie string or a map"]]]
    (testing (pr-str c)
      (is (thrown-with-msg? BadResponse text (cookie c)))))
  (testing "not a collection"
    (doseq [cookies ["a=1" 1 {:name "a", :value "1"}]]
      (is (thrown-with-msg? BadResponse #"The :cookies must be a collection" (reply :http {:cookies cookies}))))))
