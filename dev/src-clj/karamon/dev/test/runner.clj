(ns karamon.dev.test.runner
  "Runs tests of clojure.test within their fixtures, and returns what they reported."
  (:require
   [clojure.test :as t]
   [karamon.dev.test.output :as output])
  (:import
   (clojure.lang MultiFn)
   (java.io StringWriter)))

(set! *warn-on-reflection* true)

(defn- bad-count []
  (let [{:keys [fail error]} @t/*report-counters*]
    (+ fail error)))

(defn- own-method
  "Returns a library's method of `clojure.test/report` for events of `type`; nil if there is none."
  [type]
  (let [report (.getRawRoot #'t/report)]
    (when (instance? MultiFn report)
      (let [method (get-method report type)]
        (when-not (= method (get-method report :default))
          method)))))

(defn- report-by-method
  "Reports an event of a library's own type by the library's own method. Returns what that prints if it counts a failure."
  [m]
  (when-let [method (own-method (:type m))]
    (let [before (bad-count)
          text   (StringWriter.)]
      (binding [t/*test-out* text] (method m))
      (when (< before (bad-count))
        (assoc m :text (str text))))))

(def ^:private silent #{:begin-test-ns :end-test-ns :begin-test-var :end-test-var :begin-test-all-vars :end-test-all-vars :summary})

(defn- reporter
  "Returns a function for `clojure.test/report`, which counts events, and adds failures to the vector in the atom `failures`."
  [failures]
  (let [add #(swap! failures conj (assoc % :contexts t/*testing-contexts* :test (first t/*testing-vars*)))]
    (fn [{:keys [type] :as m}]
      (cond
        (= :pass type)          (t/inc-report-counter :pass)
        (#{:fail :error} type) (do (t/inc-report-counter type) (add m))
        (silent type)           nil
        :else                   (some-> (report-by-method m) add)))))

(defn- error [message e]
  (t/report {:type :error, :message message, :expected nil, :actual e}))

(defn- within
  "Calls `fixture` with `f`. Reports an error if the fixture throws, and if it never calls `f`."
  [what fixture f]
  (let [called (volatile! false)]
    (try
      (fixture #(do (vreset! called true) (f)))
      (when-not @called
        (error (str what " fixture returned without running the tests") nil))
      (catch Throwable e
        (error (str what " fixture threw an exception") e)))))

(defn- result
  "Calls `f`, and returns the `:failures` that it reports, and its `:output`."
  [show-output f]
  (let [failures (atom [])
        report   (reporter failures)
        run      #(binding [t/report report] (f))
        [_ text] (if show-output [(run) nil] (output/captured run))]
    {:failures @failures, :output text}))

(defn- fixture [n k]
  (t/join-fixtures (k (meta (the-ns n)))))

(defn- run-hook [{:keys [hook namespace]} {:keys [show-output]}]
  [(assoc (result show-output #(try (hook) (catch Throwable e (error "test-ns-hook threw an exception" e))))
          :namespace namespace)])

(defn- run-vars [{:keys [namespace vars]} {:keys [show-output fail-fast]}]
  (let [each    (fixture namespace ::t/each-fixtures)
        results (atom [])
        run     (fn []
                  (loop [[v & more] vars]
                    (when v
                      (let [found (result show-output #(within "A :each" each (fn [] (t/test-var v))))]
                        (swap! results conj (assoc found :namespace namespace :test v))
                        (when-not (and fail-fast (seq (:failures found)))
                          (recur more))))))
        once    (result show-output #(within "A :once" (fixture namespace ::t/once-fixtures) run))]
    (cond-> @results
      (seq (:failures once)) (conj (assoc once :namespace namespace)))))

(defn run
  "Runs `plans`, each as `karamon.dev.test.find/plan` returns it. Calls `begin` with each namespace before its tests, and `end`
  with each result after them. Returns a map of `:counts` and `:results`: maps of `:namespace`, `:test`, `:failures` and
  `:output`, what was printed, as `karamon.dev.test.output/captured` returns it.

  * `:fail-fast` -- stops after the first test that fails
  * `:show-output` -- lets tests print instead of capturing that"
  [plans {:keys [fail-fast] :as options} begin end]
  (binding [t/*report-counters*  (ref t/*initial-report-counters*)
            t/*testing-vars*     ()
            t/*testing-contexts* ()]
    (loop [[plan & more] plans, results []]
      (if (or (nil? plan) (and fail-fast (some (comp seq :failures) results)))
        {:counts (select-keys @t/*report-counters* [:test :pass :fail :error]), :results results}
        (let [_     (begin (:namespace plan))
              found ((if (:hook plan) run-hook run-vars) plan options)]
          (run! end found)
          (recur more (into results found)))))))
