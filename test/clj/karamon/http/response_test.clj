(ns karamon.http.response-test
  "Rows S1 to S4, S6, S7, S9 and S10: status, headers and cookies of responses."
  (:require
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.local :as local]
   [karamon.test-events :refer [event exchange reply smallest sources]])
  (:import
   (karamon.http BadResponse)))

(set! *warn-on-reflection* true)

(def ^:private alb-multi (event :alb {"multiValueHeaders" {}}))

(deftest s1-several-cookies-are-sent
  (let [two {:cookies ["a=1" "b=2"], :headers {:x "y"}}]
    (testing "REST: multiValueHeaders"
      (is (= {"statusCode" 200, "multiValueHeaders" {"x" ["y"], "set-cookie" ["a=1" "b=2"]}, "isBase64Encoded" false}
             (reply :rest two)
             (reply :websocket two))))
    (testing "2.0: cookies, and not in the headers"
      (is (= {"statusCode" 200, "headers" {"x" "y"}, "cookies" ["a=1" "b=2"], "isBase64Encoded" false}
             (reply :http two)
             (reply :function-url two)
             (reply :http {:headers {:x "y", "Set-Cookie" ["a=1" "b=2"]}}))))
    (testing "ALB, asked with all values: multiValueHeaders, no warning"
      (let [e (exchange alb-multi)]
        (.reply e two)
        (is (nil? (.warning e))))
      (is (= {"x" ["y"], "set-cookie" ["a=1" "b=2"]} (get (reply alb-multi two) "multiValueHeaders")))
      (is (nil? (get (reply alb-multi two) "headers"))))
    ;; As Mangum and serverless-wsgi do: https://github.com/Kludex/mangum/pull/186
    (testing "a map of single values: other spellings of the name, up to 512"
      (doseq [source [:alb :lattice]
              :let   [e    (exchange (smallest source))
                      many (fn [n] (mapv #(str "c" % "=1") (range n)))
                      sent (fn [n] (into {} (filter #(= "set-cookie" (str/lower-case (key %)))) (get (reply source {:cookies (many n)}) "headers")))]]
        (is (= {"x" "y", "set-cookie" "a=1", "Set-cookie" "b=2"} (get (reply source two) "headers")))
        (is (nil? (get (reply source two) "multiValueHeaders")))
        (is (= (set (many 512)) (set (vals (sent 512)))))
        (is (= (set (drop 3 (many 515))) (set (vals (sent 515)))))
        (.reply e {:cookies (many 512)})
        (is (nil? (.warning e)))
        (.reply e {:cookies (many 515)})
        (is (re-find #"512 cookies, so the first 3 are lost" (.warning e)))))
    (testing "the client gets them all"
      (doseq [source [:alb :lattice]]
        (is (= ["a=1" "b=2" "c=3"] (:cookies (local/invoke (fn [_ _] {:cookies ["a=1" "b=2" "c=3"]}) {:source source}))))))))

(deftest s1-cookies-of-headers-and-cookies-are-all-set
  (is (= ["h=0" "a=1"] (get (reply :http {:headers {:set-cookie "h=0"}, :cookies ["a=1"]}) "cookies"))))

(deftest s2-rest-has-each-header-in-only-one-map
  (is (= {"headers" {"x" "y", "set-cookie" "a=1"}}
         (select-keys (reply :rest {:headers {:x "y"}, :cookies ["a=1"]}) ["headers" "multiValueHeaders"])))
  (is (= {"multiValueHeaders" {"x" ["1" "2"], "y" ["z"]}}
         (select-keys (reply :rest {:headers {:x [1 2], :y "z"}}) ["headers" "multiValueHeaders"]))))

(deftest s3-two-dot-zero-joins-repeats
  (doseq [source [:http :function-url]]
    (is (= {"statusCode" 200, "headers" {"x" "1,2", "y" "z"}, "isBase64Encoded" false}
           (reply source {:headers {:x [1 2], :y "z"}})))))

(deftest s4-a-reply-has-only-keys-that-its-source-knows
  (let [full {:status 201, :headers {:x ["1" "2"]}, :cookies ["a=1" "b=2"], :body "x", :my.app/note "kept for my middleware"}]
    (doseq [[source ks] {:rest         #{"statusCode" "multiValueHeaders" "body" "isBase64Encoded"}
                         :websocket    #{"statusCode" "multiValueHeaders" "body" "isBase64Encoded"}
                         :http         #{"statusCode" "headers" "cookies" "body" "isBase64Encoded"}
                         :function-url #{"statusCode" "headers" "cookies" "body" "isBase64Encoded"}
                         :http-1.0     #{"statusCode" "multiValueHeaders" "body" "isBase64Encoded"}
                         :alb          #{"statusCode" "statusDescription" "headers" "body" "isBase64Encoded"}
                         :lattice      #{"statusCode" "statusDescription" "headers" "body" "isBase64Encoded"}}]
      (is (= ks (set (keys (reply source full)))))))
  (testing "an unknown key is an error with the nearest name"
    (doseq [[response text] [[{:statusCode 200} #"found :statusCode\. Did you mean :status\?"]
                             [{:header {}} #"found :header\. Did you mean :headers\?"]
                             [{"status" 200} #"found \"status\"\. Did you mean :status\?"]
                             [{:multiValueHeaders {}} #"Did you mean :headers\?"]
                             [{:qwertyuiop 1} #"found :qwertyuiop\.$"]
                             [{1 2} #"found 1\."]]]
      (is (thrown-with-msg? BadResponse text (reply :rest response))))))

(deftest s5-alb-gets-a-status-description
  (doseq [[status description] {200 "200 OK", 204 "204 No Content", 404 "404 Not Found", 418 "418 Client Error"
                                299 "299 Success", 599 "599 Server Error"}]
    (is (= description (get (reply :alb {:status status}) "statusDescription")))))

(deftest s6-the-status-is-an-int-from-200-to-599
  (doseq [source sources]
    (is (= 200 (get (reply source {}) "statusCode")))
    (doseq [status [200 299 (int 404) 599]]
      (is (= status (get (reply source {:status status}) "statusCode"))))
    (doseq [status [99 100 101 103 (int 199) 600 0 -1 200.0 "200" :ok 200N 1/2 Long/MAX_VALUE [200]]]
      (testing (pr-str status)
        (is (thrown-with-msg? BadResponse #"The :status must be a whole number from 200 to 599, found ."
                              (reply source {:status status})))))))

(deftest s7-header-values-are-strings
  (let [headers (fn [m] (get (reply :http {:headers m}) "headers"))]
    (is (= {"a" "s", "b" "1", "c" "no-store", "d" "true", "e" "1.5", "F" "1,x,k", "g" "", "h" "ns/n"}
           (headers (array-map :a "s" "b" 1 :c :no-store :d true :e 1.5 "F" (list 1 "x" :k) :g "" :h :ns/n))))
    (testing "nil ones are dropped"
      (is (= {"b" "1"} (headers {:a nil, :b [nil 1 nil], :c [], :d [nil]})))
      (is (= {} (headers nil) (headers {}))))
    (testing "names keep their letter case; names that differ in case only are the same"
      (is (= {"Content-Type" "a"} (headers {"Content-Type" "a"})))
      (is (= {"X-A" "1,2"} (headers (array-map "X-A" 1 :x-a 2)))))
    (testing "any collection"
      (is (= {"a" "1"} (headers {:a #{1}})))
      (is (= {"a" "1,2,3"} (headers {:a [1 [2 [3]]]}))))
    (testing "Latin-1 and tabs pass"
      (is (= {"a" "größe\u00a0ÿ", "b" "1\t2"} (headers {:a "größe\u00a0ÿ", :b "1\t2"}))))))

(deftest s7-invalid-names-and-values-are-errors
  (doseq [source sources]
    (doseq [n ["" " " "a b" "a:" "ä" "a\n" "a\r" (keyword "") (keyword "a b") :a/b 1 nil 'a "\u0000" "a\ud800"]]
      (testing (pr-str n)
        (is (thrown-with-msg? BadResponse #"A header's name must be a keyword or a string of letters"
                              (reply source {:headers {n "v"}})))))
    (doseq [v ["a\r\nb: c" "\n" "\r" "a\u0000" "\u0007" "a\u007f" "a\u0080" "\u0085" "\u009fb" "\u0100" "太郎" "😀" "\u2028" "\ud800"
               (keyword "a\u0007b") ["ok" "x\n"] ["ok" ["太"]] #{"\u0085"}]]
      (testing (pr-str v)
        (is (thrown-with-msg? BadResponse #"The header x must contain only visible characters of Latin-1, spaces and tabs"
                              (reply source {:headers {:x v}})))
        (is (thrown-with-msg? BadResponse #"The header set-cookie must contain only" (reply source {:headers {:set-cookie v}})))
        (when (string? v)
          (is (thrown-with-msg? BadResponse #"The header set-cookie must contain only" (reply source {:cookies ["ok=1" v]})))
          (is (thrown-with-msg? BadResponse #"The cookie's Path must contain only"
                                (reply source {:cookies [{:name "a", :path v}]}))))))
    (doseq [v [{} {:a 1} (Object.) \c]]
      (is (thrown-with-msg? BadResponse #"The header x must be a string, a number" (reply source {:headers {:x v}}))))
    (doseq [headers ["x" [1] 1]]
      (is (thrown-with-msg? BadResponse #"The :headers must be a map" (reply source {:headers headers}))))))

(deftest s9-hop-by-hop-headers-and-content-length-are-dropped
  (let [sent {"Connection" "close", :transfer-encoding "chunked", :keep-alive "1", :te "x", :trailer "x", :upgrade "x"
              :proxy-authenticate "x", :proxy-authorization "x", :proxy-connection "x", "Content-Length" 99, :kept "1"}]
    (doseq [source sources]
      (is (= {"kept" "1"} (get (reply source {:headers sent}) "headers")))))
  (testing "for HEAD the length is right"
    (doseq [[response length] [[{:body "größe", :headers {:content-length 1}} "7"]
                               [{:body (byte-array 5)} "5"]
                               [{:body {:a 1}} "7"]
                               [{:headers {"Content-Length" 99}} "99"]
                               [{} nil]]]
      (is (= length (get-in (reply (assoc (smallest :rest) "httpMethod" "HEAD") response) ["headers" "content-length"]))))))

(deftest s10-head-204-and-304-have-no-body
  (doseq [body ["x" (byte-array 3) {:a 1} '("a" "b")]]
    (doseq [source (remove #{:websocket} sources)
            :let   [head (if (#{:http :function-url} source)
                           (event source {"requestContext" {"http" {"method" "HEAD"}}})
                           (event source {"httpMethod" "HEAD", "method" "HEAD"}))]]
      (testing source
        (is (= [nil false] ((juxt #(get % "body") #(get % "isBase64Encoded")) (reply head {:body body}))))
        (doseq [status [204 304]]
          (is (= [nil false] ((juxt #(get % "body") #(get % "isBase64Encoded")) (reply source {:status status, :body body})))))
        (is (some? (get (reply source {:status 205, :body body}) "body"))))))
  (testing "no content-length for 204 and 304"
    (is (= {} (get (reply (assoc (smallest :rest) "httpMethod" "HEAD") {:status 204, :headers {:content-length 3}}) "headers")))))
