(ns karamon.dev.terminal.repl-test
  "The REPL on a terminal that the test types at. test/it has a test on a pseudo-terminal of the system."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.terminal.repl :as repl]
   [karamon.test.temp :as temp]
   [karamon.test.terminal :as terminal :refer [receive send!]])
  (:import
   (java.io PipedInputStream)
   (java.util.concurrent LinkedBlockingQueue)))

(set! *warn-on-reflection* true)

(defn- call-with-repl
  "Calls `f` with a REPL's terminal; waits for the REPL's end."
  [history f]
  (is (nil? (terminal/call {:prompt "user=> "} #(repl/repl % history (fn [] (in-ns 'user) (refer-clojure))) f))))

(defn- answer
  "Returns what is printed after a line is typed, up to the next prompt."
  [session line]
  (send! session (str line "\r"))
  (let [shown (receive session "=> ")]
    (str/replace (subs shown (inc (str/index-of shown "\n"))) "\r" "")))

(deftest forms-are-evaluated-and-errors-printed-as-by-clojure-main
  (call-with-repl nil
    (fn [session]
      (are [line expected] (= (str expected "user=> ") (answer session line))
        "(+ 1 2)"           "3\n"
        "1 (inc 1) *1"      "1\n2\n2\n"
        "(swap! (atom 1) inc)" "2\n"
        ""                  ""
        "; a comment"       ""
        "(print \"太郎\")"  "太郎nil\n"
        ")"                 "Syntax error reading source at (REPL:1:2).\nUnmatched delimiter: )\n"
        "(str ::nope/x)"    "Syntax error reading source at (REPL:1:14).\nInvalid token: ::nope/x\n")
      (is (re-find #"^Execution error \(ArithmeticException\) at user/eval\d+ \(REPL:1\)\.\nDivide by zero\nuser=> $" (answer session "(/ 1 0)")))
      (is (= "\"Divide by zero\"\nuser=> " (answer session "(ex-message *e)")))
      (testing "a form that reads"
        (send! session "(read-line)\r")
        (receive session "\n")
        (send! session "typed\r")
        (is (str/includes? (receive session "user=> ") "\"typed\""))))))

(deftest a-form-may-have-several-lines
  (call-with-repl nil
    (fn [session]
      (send! session "(+ 1\r")
      (receive session "#_=> ")
      (is (str/ends-with? (answer session "2)") "\n3\nuser=> "))
      (are [text complete] (= complete (repl/complete? text))
        ""                  true
        "1 2"               true
        "(f"                false
        "[1 (2)"            false
        "\"a"               false
        "'"                 false
        ")"                 true
        "#unknown/tag [1"   false
        "#unknown/tag [1]"  true
        "#=(f"              true
        "#?(:clj 1)"        true
        "(f) ; ("           true))))

(deftest names-are-completed
  (call-with-repl nil
    (fn [session]
      (send! session "(re-fi\t")
      (receive session "(re-find")
      (is (= "\"b\"\nuser=> " (answer session "#\"b\" \"abc\")"))))))

(deftest ctrl-c-interrupts-a-form
  (call-with-repl nil
    (fn [session]
      (testing "that waits"
        (send! session "(do (println \"begun\") (flush) (Thread/sleep 600000))\r")
        (receive session "begun\r\n")
        (send! session "\u0003")
        (is (str/includes? (receive session "user=> ") "Interrupted.")))
      (testing "that prints without end"
        (send! session "(range)\r")
        (receive session "0 1 2 3 4 5")
        (send! session "\u0003")
        (is (str/includes? (receive session "user=> ") "Interrupted.")))
      (testing "and what was entered after it"
        (send! session "(do (println \"begun\") (flush) (Thread/sleep 600000)) (println \"not reached\")\r")
        (receive session "begun\r\n")
        (send! session "\u0003")
        (is (not (str/includes? (receive session "user=> ") "not reached"))))
      (testing "at the prompt it discards the line"
        (send! session "(+ 1")
        (receive session "(+ 1")
        (send! session "\u0003")
        (receive session "user=> ")
        (is (= "5\nuser=> " (answer session "5")))))))

(deftest a-form-that-ignores-interrupts-goes-on-in-the-background
  (with-redefs [repl/patience-ms 100]
    (call-with-repl nil
      (fn [session]
        (answer session "(def stop (promise))")
        (answer session ":result")
        (send! session "((fn [] (println \"begun\") (while (not (realized? stop))) (println \"printed late\")))\r")
        (receive session "begun\r\n")
        (send! session "\u0003")
        (is (str/includes? (receive session "user=> ") "goes on in the background."))
        (is (= ":result\nuser=> " (answer session "*1")))
        (is (= "true\nuser=> " (answer session "(some? (deliver stop true))")))
        (testing "and prints nothing more"
          (is (= "1\nuser=> " (answer session "1"))))))))

(deftest the-history-is-kept
  (temp/call-with-folder
    (fn [folder]
      (let [file (.toPath (io/file folder "history"))]
        (call-with-repl file #(answer % "(+ 20 22)"))
        (call-with-repl file
          (fn [session]
            (send! session "\u001bOA")
            (receive session "(+ 20 22)")
            (is (= "42\nuser=> " (answer session "")))))))))

(deftest the-repl-ends-with-its-terminal
  (with-open [terminal (terminal/new-terminal (PipedInputStream.) (LinkedBlockingQueue.) 200 24)]
    ;; Nobody is connected to its input, so reading it fails.
    (is (nil? (deref (future (repl/repl terminal nil (fn []))) 20000 :running)))))
