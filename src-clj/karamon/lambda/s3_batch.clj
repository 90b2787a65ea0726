(ns karamon.lambda.s3-batch
  "Tasks of S3 Batch Operations, and their results:

      (deflambda resize [event ctx]
        (s3-batch/response event
          (for [task (s3-batch/tasks event)]
            (assoc task :result (if (resized? task) :succeeded :permanent-failure)))))"
  (:require
   [karamon.lambda :as lambda]
   [karamon.lambda.record :as record])
  (:import
   (karamon.text Options Percent)))

(set! *warn-on-reflection* true)

(defn tasks
  "Returns the tasks of an event, a vector of

      {:id \"…\" :bucket \"photos\" :key \"a b.jpg\" :version-id nil :arguments {…}}

  * `:key` -- decoded: S3 sends it as form data
  * `:bucket` -- its name, in both versions of the schema
  * `:arguments` -- the job's arguments, with names as they were set; nil in version 1.0

  Throws ex-info of `:type` `:karamon.lambda/other-event` for any other event, and `:karamon.lambda/bad-value` for a task that
  can't be read."
  [event]
  (let [{:keys [tasks job]} (lambda/event event)
        expected            "an event of S3 Batch Operations with :tasks"]
    (when-not (sequential? tasks)
      (throw (ex-info (str "Expected " expected) {:type ::lambda/other-event})))
    (record/convert-all expected
                        (fn [{:keys [task-id s3-key s3-version-id s3-bucket s3-bucket-arn]}]
                          {:id         task-id
                           :bucket     (or s3-bucket (some->> s3-bucket-arn (re-find #"[^:/]+$")))
                           :key        (some-> s3-key (Percent/decode true))
                           :version-id s3-version-id
                           :arguments  (:user-arguments job)})
                        tasks)))

(def ^:private codes
  {:succeeded "Succeeded", :temporary-failure "TemporaryFailure", :permanent-failure "PermanentFailure"})

(defn- code [result]
  (or (codes result)
      (throw (ex-info (Options/unknown "result" result "a task" (keys codes)) {:type ::lambda/bad-value, :value result}))))

(defn response
  "Returns the answer to S3 for the tasks of `event`. Each of `results` is a map of

  * `:id` -- the task's
  * `:result` -- `:succeeded` (default), `:temporary-failure`, which S3 retries, or `:permanent-failure`
  * `:message` -- a string for the job's report (default empty)

  `:missing` is the result of tasks without one: one of the same three (default `:permanent-failure`). Throws ex-info of
  `:type` `:karamon.lambda/bad-value` for an unknown result."
  ([event results] (response event results {}))
  ([event results {:keys [missing] :or {missing :permanent-failure}}]
   (let [{:keys [invocation-schema-version invocation-id]} (lambda/event event)]
     {"invocationSchemaVersion" invocation-schema-version
      "treatMissingKeysAs"      (code missing)
      "invocationId"            invocation-id
      "results"                 (vec (for [{:keys [id result message] :or {result :succeeded}} results]
                                       {"taskId" id, "resultCode" (code result), "resultString" (or message "")}))})))
