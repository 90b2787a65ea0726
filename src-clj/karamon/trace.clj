(ns karamon.trace
  "Spans of your own code, with OpenTelemetry:

      (trace/span \"pay\" {:orderId 7}
        (pay! order))

  If OpenTelemetry's API (`io.opentelemetry/opentelemetry-api`) isn't on the class path, `span` only evaluates its body. Spans go to
  the SDK that your code, or an agent, has registered as the global one; register it while the namespace loads, before the first
  span.

  A span's parent is the span around it, also in a `future` that the code around it started; without one it is the invocation, as
  Lambda sends its trace to X-Ray."
  (:import
   (karamon.trace Spans)))

(set! *warn-on-reflection* true)

(defn call
  "Calls `f`, a function of no arguments, in a span; see `span`. Returns its result."
  [name attributes f]
  (Spans/call name attributes f))

(defmacro span
  "Evaluates the body in a span with that name, and returns its value. A map literal before the body has the span's attributes:
  keywords or strings to strings, numbers, booleans; other values as text, nil for none. If the body throws, the span records that. It
  ends when the body returns, even if its value is a future."
  [name & body]
  (let [[attributes body] (if (and (map? (first body)) (next body)) [(first body) (next body)] [nil body])]
    `(call ~name ~attributes (^{:once true} fn* [] ~@body))))
