(ns karamon.context
  "What a handler may ask of its second argument, the context map:

  `:aws-request-id :function-name :function-version :function-arn :memory-mb :log-group-name :log-stream-name
  :deadline-ms :trace-id`, and nil where the invocation has none of it `:identity` (`:cognito-id :cognito-pool`),
  `:client-context` (`:client :custom :env`) and `:tenant-id`.")

(set! *warn-on-reflection* true)

(defn msecs-remaining
  "Returns the milliseconds until the invocation's deadline, 0 when it has passed; nil when `ctx` has no deadline, as at
  the REPL."
  [ctx]
  (when-let [deadline (:deadline-ms ctx)]
    (max 0 (- deadline (System/currentTimeMillis)))))

(defn env
  "Returns the environment variable named `k` (a string, keyword or symbol), nil when it isn't set. A context with a map
  of strings under `:env` is asked instead of the process: for tests, `(env {:env {\"USER\" \"hoge\"}} :USER)`."
  [ctx k]
  (get (or (:env ctx) (System/getenv)) (name k)))
