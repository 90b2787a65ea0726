(ns karamon.lambda.cognito-test
  (:require
   [clojure.test :refer [deftest is]]
   [karamon.lambda :as lambda]
   [karamon.lambda.cognito :as cognito]
   [karamon.local :as local])
  (:import
   (clojure.lang ExceptionInfo)))

(set! *warn-on-reflection* true)

(deftest the-answer-to-a-user-pool-is-its-event
  (let [sent (local/sample :cognito)]
    (is (= sent (cognito/answer (lambda/event sent))))
    (is (= (update sent "response" assoc "autoConfirmUser" true, "asIs" 1)
           (cognito/answer (lambda/event sent) {:auto-confirm-user true, "asIs" 1})))
    (is (= {"claimsAndScopeOverrideDetails" {"idTokenGeneration" {"claimsToAddOrOverride" {:my-claim 1}, "claimsToSuppress" ["email"]}}
            "autoConfirmUser"               false, "autoVerifyEmail" false, "autoVerifyPhone" false}
           (get (cognito/answer sent {:claims-and-scope-override-details
                                      {:id-token-generation {:claims-to-add-or-override {:my-claim 1}, :claims-to-suppress ["email"]}}})
                "response"))))
  (is (= ::lambda/other-event (:type (ex-data (is (thrown? ExceptionInfo (cognito/answer {:request {}}))))))))
