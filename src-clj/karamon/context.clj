(ns karamon.context
  "Helpers for the context map, the second argument of a handler. Its keys:

  `:aws-request-id :function-name :function-version :function-arn :memory-mb :log-group-name :log-stream-name
  :deadline-ms :trace-id`, and `:identity` (`:cognito-id :cognito-pool`), `:client-context` (`:client :custom :env`) and
  `:tenant-id`, each nil if the invocation has none. `:trace-id` is X-Ray's header."
  (:import
   (karamon.trace Traceparent)))

(set! *warn-on-reflection* true)

(defn msecs-remaining
  "Returns the milliseconds until the invocation's deadline, 0 after it; nil if `ctx` has no deadline, as at the
  REPL."
  [ctx]
  (when-let [deadline (:deadline-ms ctx)]
    (max 0 (- deadline (System/currentTimeMillis)))))

(defn env
  "Returns the environment variable named `k` (a string, keyword or symbol), nil when it isn't set. If `ctx` has a map
  of strings under `:env`, reads that instead of the process's environment: for tests, `(env {:env {\"USER\" \"hoge\"}} :USER)`."
  [ctx k]
  (get (or (:env ctx) (System/getenv)) (name k)))

(defn traceparent
  "Returns the invocation's trace as W3C's header `traceparent`, to pass on to other services:
  `\"00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01\"`; nil if the invocation has no trace."
  [ctx]
  (Traceparent/of (:trace-id ctx)))
