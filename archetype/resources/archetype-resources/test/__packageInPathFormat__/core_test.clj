(ns $
  {namespace }
   .core-test "Handlers are ordinary functions. `karamon.local/invoke` also does what happens around them on Lambda: it makes an event of the
  request, and a response of the reply."
   :require [clojure.test :refer [deftest is]]
   karamon.local :as
   local ]
   $ {namespace}
   .core :as
   core ]
   deftest hello-greets-the-name-in-the-query-or-the-world})

(deftest hello-greets-the-name-in-the-query-or-the-world
  (is (= {:hello "world"} (:body (core/hello {} nil))))
  (is (= {:hello "hoge"} (:body (core/hello {:query {:name "hoge"}} nil)))))

(deftest hello-returns-json
  (is (= {:status  200
          :headers {:content-type "application/json"}
          :cookies []
          :body    "{\"hello\":\"hoge\"}"}
         (local/invoke #'core/hello {:path "/hello", :query {:name "hoge"}}))))

(deftest echo-returns-the-request-body
  (let [response (local/invoke #'core/echo {:method  :post
                                            :path    "/echo"
                                            :headers {:content-type "text/plain"}
                                            :body    "hoge"})]
    (is (= "hoge" (:body response)))
    (is (= "text/plain" (get-in response [:headers :content-type])))))
