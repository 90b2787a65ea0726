(ns karamon.dev.options-test
  (:require
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.options :as options]))

(set! *warn-on-reflection* true)

(defn- called-as
  "Calls `f` while the command line has the name `program`; nil for the usual one."
  [program f]
  (let [before (System/getProperty "karamon.command")
        set-it (fn [text] (if text (System/setProperty "karamon.command" text) (System/clearProperty "karamon.command")))]
    (set-it program)
    (try
      (f)
      (finally (set-it before)))))

(deftest usage-names-the-program-as-the-user-called-it
  (let [help #(with-out-str (options/parse "serve [OPTIONS]" [] [0 0] ["--help"]))]
    (is (str/starts-with? (called-as nil help) "Usage: karamon serve [OPTIONS]\n"))
    (is (str/starts-with? (called-as "../karamon/karamon" help) "Usage: ../karamon/karamon serve [OPTIONS]\n"))
    (testing "and so do messages"
      (is (= "bin/karamon train" (called-as "bin/karamon" #(options/command "train")))))))

(deftest an-option-without-its-optional-value-gets-one
  (are [arguments expected] (= expected (options/optional arguments "--nrepl" "0"))
    []                            []
    ["--port" "1"]                ["--port" "1"]
    ["--nrepl"]                   ["--nrepl" "0"]
    ["--nrepl" "--port" "1"]      ["--nrepl" "0" "--port" "1"]
    ["--port" "1" "--nrepl"]      ["--port" "1" "--nrepl" "0"]
    ["--nrepl" "7888" "-p" "1"]   ["--nrepl" "7888" "-p" "1"]
    ["--nrepl=7888"]              ["--nrepl=7888"]))
