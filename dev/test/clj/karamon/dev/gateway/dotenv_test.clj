(ns karamon.dev.gateway.dotenv-test
  "Files .env, as npm's dotenv reads them."
  (:require
   [clojure.java.io :as io]
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.gateway.dotenv :as dotenv]
   [karamon.test.temp :as temp]))

(set! *warn-on-reflection* true)

(deftest values-are-read-as-dotenv-does
  (are [text found] (= found (dotenv/parse text {"HOME" "/home/x"}))
    ""                               {}
    "A=1\nB = two words \n"          {"A" "1", "B" "two words"}
    "export A=1"                     {"A" "1"}
    "# A=1\n\nB=2 # why"             {"B" "2"}
    "A="                             {"A" ""}
    "A=\nB=2"                        {"A" "", "B" "2"}
    "A='a # b'\nB=\"c # d\" # e"     {"A" "a # b", "B" "c # d"}
    "A=\"x\\ny\"\nB='x\\ny'"         {"A" "x\ny", "B" "x\\ny"}
    "A=\"two\nlines\"\r\nB=`it's`"   {"A" "two\nlines", "B" "it's"}
    "A={\"json\": true}"             {"A" "{\"json\": true}"}
    "A=it's"                         {"A" "it's"}
    "A=x=y"                          {"A" "x=y"}
    "A: yaml"                        {"A" "yaml"}
    "A=1\nB=$A/${A}\nC=${NONE:-d}/$NONE" {"A" "1", "B" "1/1", "C" "d/"}
    "A=$HOME"                        {"A" "/home/x"}
    "A=\\$HOME"                      {"A" "$HOME"}
    "A=1\nA=2"                       {"A" "2"}
    "nonsense\nB=2"                  {"B" "2"})
  (testing "long values need no stack"
    (let [text (apply str (repeat 200000 "a\\n"))]
      (is (= (count (.replace ^String text "\\n" "\n")) (count (get (dotenv/parse (str "A=\"" text "\"") {}) "A")))))))

(deftest the-file-of-the-stage-takes-precedence
  (temp/call-with-folder
    (fn [folder]
      (let [config    (io/file folder "serverless.yml")
            variables #(dotenv/variables config % {"SET" "by the shell"})]
        (is (= {} (variables "dev")))
        (temp/save folder ".env" "A=1\nSET=2")
        (is (= {"A" "1"} (variables "dev")))
        (temp/save folder ".env.dev" "B=2")
        (is (= {"B" "2"} (variables "dev")))
        (is (= {"A" "1"} (variables "prod")))))))
