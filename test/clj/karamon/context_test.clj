(ns karamon.context-test
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.context :as context]
   [karamon.local :as local])
  (:import
   (com.amazonaws.services.lambda.runtime Client ClientContext CognitoIdentity Context)
   (karamon.runtime Handlers)))

(set! *warn-on-reflection* true)

(defn- context-map
  "Returns the context map that a handler gets for a Java context."
  [^Context java]
  (let [seen (promise)]
    (.handle (Handlers/gateway "h" (fn [_ ctx] (deliver seen ctx) {}) nil) (.getBytes "{\"httpMethod\":\"GET\"}") java)
    @seen))

(deftest the-context-map-has-the-invocations-data
  (let [before (System/currentTimeMillis)
        ctx    (context-map (local/context {:function-name "f", :memory-mb 512, :timeout-ms 5000, :request-id "r-1"
                                            :trace-id "t-1", :tenant-id "n-1"}))]
    (is (= {:aws-request-id   "r-1"
            :function-name    "f"
            :function-version "$LATEST"
            :function-arn     "arn:aws:lambda:local:000000000000:function:f"
            :memory-mb        512
            :log-group-name   "/aws/lambda/f"
            :log-stream-name  "local"
            :identity         nil
            :client-context   nil
            :trace-id         "t-1"
            :tenant-id        "n-1"}
           (dissoc ctx :deadline-ms)))
    (is (<= (+ before 4900) (:deadline-ms ctx) (+ (System/currentTimeMillis) 5000)))))

(deftest data-of-a-mobile-app-keeps-its-names
  (let [java (reify Context
               (getAwsRequestId [_] "r") (getFunctionName [_] "f") (getFunctionVersion [_] "1") (getInvokedFunctionArn [_] "a")
               (getLogGroupName [_] "g") (getLogStreamName [_] "s") (getMemoryLimitInMB [_] (int 1)) (getRemainingTimeInMillis [_] (int 1000))
               (getLogger [_] nil)
               (getIdentity [_] (reify CognitoIdentity (getIdentityId [_] "id") (getIdentityPoolId [_] "pool")))
               (getClientContext [_]
                 (reify ClientContext
                   (getClient [_]
                     (reify Client
                       (getInstallationId [_] "i") (getAppTitle [_] "t") (getAppVersionName [_] "n") (getAppVersionCode [_] "c")
                       (getAppPackageName [_] "p")))
                   (getCustom [_] {"userId" "u"})
                   (getEnvironment [_] nil))))]
    (is (= {:identity       {:cognito-id "id", :cognito-pool "pool"}
            :client-context {:client {:installation-id "i", :app-title "t", :app-version-name "n", :app-version-code "c", :app-package-name "p"}
                             :custom {:userId "u"}
                             :env    {}}}
           (select-keys (context-map java) [:identity :client-context])))))

(deftest a-runtime-with-an-older-interface-works-too
  (let [old (reify Context
              (getAwsRequestId [_] "r") (getFunctionName [_] "f") (getFunctionVersion [_] "1") (getInvokedFunctionArn [_] "a")
              (getLogGroupName [_] "g") (getLogStreamName [_] "s") (getMemoryLimitInMB [_] (int 1)) (getRemainingTimeInMillis [_] (int 1000))
              (getLogger [_] nil) (getIdentity [_] nil) (getClientContext [_] nil)
              (getXrayTraceId [_] (throw (AbstractMethodError.)))
              (getTenantId [_] (throw (AbstractMethodError.))))]
    (System/setProperty "com.amazonaws.xray.traceHeader" "Root=1-2-3")
    (try
      (is (= {:trace-id "Root=1-2-3", :tenant-id nil} (select-keys (context-map old) [:trace-id :tenant-id])))
      (finally (System/clearProperty "com.amazonaws.xray.traceHeader")))))

(deftest msecs-remaining-counts-down-to-the-deadline
  (is (<= 0 (context/msecs-remaining {:deadline-ms (+ 1000 (System/currentTimeMillis))}) 1000))
  (is (= 0 (context/msecs-remaining {:deadline-ms 1})))
  (is (nil? (context/msecs-remaining {})))
  (is (nil? (context/msecs-remaining nil))))

(deftest env-reads-the-process-or-a-map
  (is (= (System/getenv "PATH") (context/env nil "PATH") (context/env {} :PATH) (context/env {} 'PATH)))
  (is (nil? (context/env {} :NONE_SUCH_HERE)))
  (testing "for tests"
    (is (= "hoge" (context/env {:env {"USER" "hoge"}} :USER)))
    (is (nil? (context/env {:env {}} :PATH)))))
