(ns karamon.lambda.cloudformation
  "Custom resources of CloudFormation. A stack waits, up to an hour, for the result of a request. `answering` always sends
  one:

      (deflambda certificate [event ctx]
        (cloudformation/answering event ctx
          (fn [{:keys [request-type resource-properties physical-resource-id]}]
            (case request-type
              \"Create\" {:id (order! (:DomainName resource-properties))}
              \"Update\" {}
              \"Delete\" (do (cancel! physical-resource-id) {})))))"
  (:require
   [karamon.lambda :as lambda]
   [karamon.lambda.log :as log])
  (:import
   (java.net URI)
   (java.net.http HttpClient HttpRequest HttpRequest$BodyPublishers HttpResponse HttpResponse$BodyHandlers)
   (java.time Duration)
   (karamon.json JsonWriter)
   (karamon.runtime Later)
   (karamon.text Failure Fatal Options Shown)))

(set! *warn-on-reflection* true)

(def ^:private max-bytes
  "The largest answer that CloudFormation accepts."
  4096)

(defn response
  "Returns the answer to a request, a map with strings for keys.

  * `:status` -- `:success` (default) or `:failed`
  * `:reason` -- a string; CloudFormation requires one after a failure (default: a reference to the log)
  * `:id` -- the resource's physical id (default: its current id, or else one made from the request); after a change of the
    id CloudFormation deletes the old resource
  * `:data` -- a map of names to strings for `Fn::GetAtt` (default none)
  * `:no-echo` -- whether the data is hidden (default false)

  Throws ex-info of `:type` `:karamon.lambda/bad-option` for an unknown key."
  [event answer]
  (Options/check answer #{:status :reason :id :data :no-echo} "an answer" ::lambda/bad-option)
  (let [{:keys [status reason id data no-echo] :or {status :success}} answer
        {:keys [stack-id request-id logical-resource-id physical-resource-id]} (lambda/event event)
        failed (= :failed status)]
    (cond-> {"Status"             (if failed "FAILED" "SUCCESS")
             "PhysicalResourceId" (or id physical-resource-id (str logical-resource-id "-" request-id))
             "StackId"            stack-id
             "RequestId"          request-id
             "LogicalResourceId"  logical-resource-id}
      (or reason failed) (assoc "Reason" (or reason "It failed: see the function's log"))
      data               (assoc "Data" data)
      no-echo            (assoc "NoEcho" true))))

(def ^:private client
  (delay (.build (.connectTimeout (HttpClient/newBuilder) (Duration/ofSeconds 10)))))

(defn send!
  "Sends an answer, as `response` makes it, to CloudFormation's URL for it. Throws ex-info of `:type`
  `:karamon.lambda/not-taken` unless the URL returns a 200."
  [event answer]
  (let [request (-> (HttpRequest/newBuilder (URI. (:response-url (lambda/event event))))
                    (.timeout (Duration/ofSeconds 10))
                    ;; No content type: the URL's signature allows none.
                    (.PUT (HttpRequest$BodyPublishers/ofByteArray (JsonWriter/bytes ^Object answer)))
                    (.build))
        ^HttpResponse reply (.send ^HttpClient @client request (HttpResponse$BodyHandlers/ofString))]
    (when-not (= 200 (.statusCode reply))
      (throw (ex-info (str "CloudFormation's URL answered " (.statusCode reply) ": " (Shown/text (.body reply)))
                      {:type ::lambda/not-taken, :status (.statusCode reply)})))))

(defn- failure [event ^Throwable e]
  (let [reason (str (.getName (class e)) ": " (Failure/message e))]
    (response event {:status :failed, :reason (subs reason 0 (min 1000 (count reason)))})))

(defn- within-limit
  "Returns the answer, or a failure if it is too long."
  [event answer]
  (let [size (alength (JsonWriter/bytes ^Object answer))]
    (if (<= size (long max-bytes))
      answer
      (response event {:status :failed
                       :id     (let [id (answer "PhysicalResourceId")] (when (< (count id) 1024) id))
                       :reason (str "The answer has " size " bytes, CloudFormation accepts " max-bytes)}))))

(defn answering
  "Calls `f` with the event, and sends CloudFormation the answer that it returns, now or later, a map as `response` takes it.
  If `f` throws, sends a failure with the reason, and logs the exception in full. Waits for a later result until five seconds
  before the invocation's deadline. Returns the sent answer. Throws what `send!` throws, so Lambda retries the request."
  [event ctx f]
  (let [event    (lambda/event event)
        deadline (if-let [ms (:deadline-ms ctx)] (- (long ms) 5000) Long/MAX_VALUE)
        answer   (try
                   (within-limit event (response event (or (Later/await (f event) (long deadline)) {})))
                   (catch Throwable e
                     (when (Fatal/is e) (throw e))
                     (log/error! (str (Shown/text (:request-type event)) " of " (Shown/text (:logical-resource-id event)) " failed") e)
                     (within-limit event (failure event e))))]
    (send! event answer)
    answer))
