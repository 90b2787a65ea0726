(ns karamon.dev.test.report-test
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.dev.test.report :as report]))

(set! *warn-on-reflection* true)

(def ^:private options
  {:files {'karamon.dev.test.report-test (io/file "dev/test/clj/karamon/dev/test/report_test.clj")}})

(defn- printed [options report]
  (with-out-str
    (report/print-result options {:namespace 'karamon.dev.test.report-test
                                  :test      #'printed
                                  :output    {}
                                  :failures  [(assoc report :test #'printed)]})))

(deftest colours-are-printed-if-they-are-wanted
  (let [failure {:type :fail, :expected '(= 1 x), :actual '(not (= 1 2)), :file "report_test.clj", :line 9}]
    (is (str/includes? (printed (assoc options :colours true) failure) "\u001b[31mFAIL in \u001b[0m"))
    (is (not (str/includes? (printed options failure) "\u001b")))))

(deftest control-characters-of-values-and-messages-are-escaped
  (let [text (printed options {:type :fail, :message "a\u001b[2J", :expected '(= 1 x), :actual (list 'not (list '= 1 "\u001b[31m"))})]
    (is (str/includes? text "a\\u001b[2J"))
    (is (not (str/includes? text "\u001b")))))

(deftest an-error-is-placed-where-it-passed-the-test
  (let [e    ^Exception (ex-info "boom" {})
        line (some #(when (str/includes? (.getClassName ^StackTraceElement %) "report_test") (.getLineNumber ^StackTraceElement %))
                   (.getStackTrace e))
        text (printed options {:type :error, :actual e, :file "Numbers.java", :line 190})]
    (testing "the line of the test's own frame"
      (is (str/includes? text (str "karamon.dev.test.report-test/printed (dev/test/clj/karamon/dev/test/report_test.clj:" line ")"))))
    (testing "the line of the test if it has no frame"
      (.setStackTrace e (make-array StackTraceElement 0))
      (is (str/includes? (printed options {:type :error, :actual e, :file "Numbers.java", :line 190})
                         (str "report_test.clj:" (:line (meta #'printed)) ")"))))))
