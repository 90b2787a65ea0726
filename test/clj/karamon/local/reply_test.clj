(ns karamon.local.reply-test
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.local.reply :refer [read-reply]]
   [karamon.test-events :refer [json-bytes sources]]))

(set! *warn-on-reflection* true)

(defn- read-as [source reply]
  (update (read-reply source (json-bytes reply)) :body #(when % (String. ^bytes % "UTF-8"))))

(deftest a-valid-reply-becomes-the-clients-response
  (is (= {:status 201, :headers {"x-a" ["1" "2"], "set-cookie" ["a=1" "b=2"]}, :body "ü"}
         (read-as :rest {"statusCode" 201, "multiValueHeaders" {"X-A" ["1" "2"], "Set-Cookie" ["a=1" "b=2"]}, "body" "ü"})
         (read-as :alb {"statusCode" 201, "statusDescription" "201 Created", "body" "w7w=", "isBase64Encoded" true
                        "multiValueHeaders" {"X-A" ["1" "2"], "Set-Cookie" ["a=1" "b=2"]}})))
  (is (= {:status 200, :headers {"x" ["1,2"], "set-cookie" ["a=1" "b=2"]}, :body nil}
         (read-as :http {"statusCode" 200, "headers" {"X" "1,2"}, "cookies" ["a=1" "b=2"]})
         (read-as :function-url {"statusCode" 200, "headers" {"X" "1,2"}, "cookies" ["a=1" "b=2"]}))))

(deftest api-gateway-takes-what-its-documentation-does-not-list
  (doseq [source [:rest :http]]
    (is (= {:status 201, :headers {"x" ["true"], "n" ["7"]}, :body nil}
           (read-as source {"statusCode" "201", "headers" {"x" true, "n" 7}})))))

(deftest a-reply-that-the-service-would-refuse-is-a-502-with-the-reason
  (doseq [[source reply fault]
          [[:rest {"statusCode" 200, "cookies" ["a=1"]} #"unknown keys: cookies"]
           [:http {"statusCode" 200, "multiValueHeaders" {"x" ["1"]}} #"unknown keys: multiValueHeaders"]
           [:alb {"statusCode" 200} #"statusDescription is nil"]
           [:alb {"statusCode" 200, "statusDescription" "OK"} #"statusDescription is \"OK\""]
           [:rest {"statusCode" 200, "headers" {"x" "1"}, "multiValueHeaders" {"x" ["1"]}} #"are merged"]
           [:alb {"statusCode" 200, "statusDescription" "200 OK", "headers" {"x" true}} #"headers must be strings"]
           [:rest {"statusCode" 200, "headers" {"x" []}} #"headers must be strings"]
           [:rest {"statusCode" 200, "multiValueHeaders" {"x" [1]}} #"multiValueHeaders must be arrays of strings"]
           [:http {"statusCode" 200, "cookies" [1]} #"cookies must be strings"]
           [:http {"statusCode" 200, "body" {}} #"body must be a string"]
           [:function-url {"statusCode" "200"} #"statusCode is \"200\""]
           [:rest {} #"statusCode is nil"]
           [:rest {"statusCode" 99} #"statusCode is 99"]
           [:http {"statusCode" 101} #"statusCode is 101"]
           [:rest {"statusCode" 200, "headers" {"a b" "1"}} #"HTTP doesn't allow the header \"a b\" with the value \"1\""]
           [:http {"statusCode" 200, "headers" {"x" "a\nb"}} #"HTTP doesn't allow the header \"x\""]
           [:rest {"statusCode" 200, "multiValueHeaders" {"x" ["1" "\u0007"]}} #"HTTP doesn't allow the header \"x\""]
           [:function-url {"statusCode" 200, "cookies" ["a=太"]} #"HTTP doesn't allow the header \"set-cookie\""]
           [:rest [1] #"the reply isn't an object"]
           [:rest nil #"the reply isn't an object"]
           [:alb {"statusCode" 200, "statusDescription" "200 OK", "body" (String. (char-array 1100000 \x))} #"bytes, more than 1048576"]]]
    (testing [source fault]
      (let [{why :fault, :keys [status body]} (read-as source reply)]
        (is (= [502 "{\"message\":\"Internal server error\"}"] [status body]))
        (is (re-find fault why))))))

(deftest a-reply-without-a-status-is-the-body-in-payload-2
  (doseq [[reply body] [[{"hello" 1} "{\"hello\":1}"] [[1] "[1]"] ["text" "text"] [nil "null"]]
          source       [:http :function-url]]
    (is (= {:status 200, :headers {"content-type" ["application/json"]}, :body body} (read-as source reply)))))

(deftest null-members-count-as-missing
  (is (= {:status 200, :headers {}, :body nil} (read-as :rest {"statusCode" 200, "headers" nil, "body" nil}))))

(deftest every-source-has-its-known-keys
  (doseq [source sources]
    (is (= 204 (:status (read-as source (cond-> {"statusCode" 204} (= :alb source) (assoc "statusDescription" "204 No Content"))))))))
