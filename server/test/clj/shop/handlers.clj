(ns shop.handlers
  "Handlers for the tests of the server."
  (:require
   [karamon.gateway :refer [defgateway]]
   [karamon.lambda :refer [defbatch deflambda]])
  (:import
   (java.nio.file Files OpenOption Path StandardOpenOption)))

(set! *warn-on-reflection* true)

(defgateway show [event ctx]
  {:body (-> (select-keys event [:source :method :path :path-parameters :query :client-ip :scheme :resource :cookies :context])
             (assoc :size (count (:body event))
                    :forwarded (get-in event [:headers :x-forwarded-for])
                    :request-id (:aws-request-id ctx)
                    :remaining-ms (- (:deadline-ms ctx) (System/currentTimeMillis))))})

(defgateway slow [event _ctx]
  (Thread/sleep (long (parse-long (get-in event [:query :ms]))))
  {:body "slept"})

(defgateway drip {:stream true} [_event _ctx]
  {:body (map #(do (when (pos? (long %)) (Thread/sleep 300)) (str % "\n")) (range 3))})

(defgateway fail [_event _ctx]
  (throw (ex-info "boom" {})))

(deflambda data [event _ctx]
  {:got (:rawPath event)})

(deflambda simple [event _ctx]
  {:isAuthorized (= ["yes"] (:identity-source event)), :context {:who "me"}})

(deflambda policy [event _ctx]
  {:principalId    "me"
   :policyDocument {:Statement [{:Effect   (if (= "yes" (:authorization-token event)) "Allow" "Deny")
                                 :Action   "execute-api:Invoke"
                                 :Resource "*"}]}})

(defbatch work [message _ctx]
  (when (= "bad" (:body message))
    (throw (ex-info "a bad message" {})))
  (Thread/sleep 20)
  (Files/writeString (Path/of (System/getenv "OUT") (make-array String 0)) (str (:body message) "\n")
    (into-array OpenOption [StandardOpenOption/CREATE StandardOpenOption/APPEND])))

(defgateway length [event _ctx]
  {:headers {"content-length" (get-in event [:query :is])}, :body (get-in event [:query :body])})

(deflambda endless [_event _ctx]
  ((fn deeper [n] (inc (deeper n))) 1))
