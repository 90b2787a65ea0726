(ns karamon.dev.manifests.yaml-test
  {:any-jdk true}
  (:require
   [clojure.string :as str]
   [clojure.test :refer [are deftest is]]
   [karamon.dev.gateway.yaml :as reader]
   [karamon.dev.manifests.yaml :as yaml]))

(set! *warn-on-reflection* true)

(deftest what-is-written-is-read-as-the-same
  (let [data {"a" [1 "1" "" " x " "a: b" "# no" "yes" "No" "null" "~" "1:30" "0x1f" "1e3" "- a" "a\nb\n" "a\n b" "\ta\n" "\u0001é太" "{}" true nil]
              "b" {"c" [] "d" {}}}]
    (is (= data (reader/parse (yaml/text data) "test.yaml")))))

(deftest words-that-yaml-1-1-takes-for-something-else-are-quoted
  (are [text] (str/includes? (yaml/text {"a" text}) (str \" text \"))
    "yes" "NO" "on" "Off" "y" "n" "1:30" "0o14" "012" "1_000" "0b1" ".5" "=" "<<" "2026-11-30" "null" "True"))

(deftest several-lines-are-shown-as-such
  (is (= "a: |\n  - b: 1\n    c\n" (yaml/text {"a" "- b: 1\n  c\n"}))))

(deftest known-keys-come-first
  (is (= "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec: {}\n"
         (yaml/text {:spec {}, :metadata {:name "a"}, :kind "Service", :apiVersion "v1"}))))
