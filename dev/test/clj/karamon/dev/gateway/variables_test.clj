(ns karamon.dev.gateway.variables-test
  {:any-jdk true}
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.gateway.variables :as variables]
   [karamon.dev.gateway.variables.resolver :as resolver]
   [karamon.dev.gateway.yaml :as yaml])
  (:import
   (clojure.lang ExceptionInfo)
   (java.nio.file Files)
   (java.nio.file.attribute FileAttribute)))

(set! *warn-on-reflection* true)

(defn- folder
  "Returns a new folder with `files`, names to texts."
  [files]
  (let [folder (.toFile (Files/createTempDirectory "variables" (make-array FileAttribute 0)))]
    (doseq [[name text] files]
      (spit (io/file folder name) text))
    folder))

(defn- resolved
  "Returns the value of the key r of the YAML `text`, resolved, and the warnings."
  [text opts]
  (let [resolver (resolver/resolver (yaml/parse text "s.yml") "s.yml" (merge {:env {"HOME" "/home/me", "OFF" "0"}} opts))]
    [(get (variables/select resolver (variables/node resolver []) #{"r"}) "r") (resolver/warnings resolver)]))

(defn- value [text & {:as opts}]
  (let [[value warnings] (resolved text opts)]
    (is (= [] warnings))
    value))

(defn- warning
  "Returns the only warning about the YAML `text`, whose key r keeps its text."
  [text & {:as opts}]
  (let [[value warnings] (resolved text opts)]
    (is (str/includes? (str value) "${"))
    (is (= 1 (count warnings)))
    (first warnings)))

(deftest variables-of-the-file-itself-are-resolved
  (are [expected text] (= expected (value text))
    1            "r: ${self:a.b}\na: {b: 1}"
    {"b" [1 2]}  "r: ${self:a}\na: {b: [1, '${self:c}']}\nc: 2"
    2            "r: ${self:a.1}\na: [1, 2]"
    "x-1-true"   "r: x-${self:a}-${self:b}\na: 1\nb: true"
    "d"          "r: ${self:a.b.c, 'd'}\na: {b: {}}"
    0            "r: ${self:a, 0}"
    false        "r: ${self:a, false}"
    nil          "r: ${self:a, null}"
    "last"       "r: ${self:a, self:b, self:c}\nc: last"
    "last"       "r: ${self:a, ${self:b, 'last'}}"
    9            "r: ${self:a.${self:b}.c}\na: {x: {c: 9}}\nb: x"
    "deep"       "r: ${self:a}\na: ${self:b}\nb: ${self:c.d}\nc: ${self:e}\ne: {d: deep}"
    "d"          "r: ${self:a, 'd'}\na: ${env:NO, null}"
    "${self:a}"  "r: \\${self:a}"
    "${AWS::Region}-1" "r: ${AWS::Region}-${self:a}\na: 1"))

(deftest variables-of-the-environment-and-the-command-are-resolved
  (are [expected text opts] (= expected (apply value text opts))
    "/home/me"   "r: ${env:HOME}"                                           []
    "prod"       "r: ${opt:stage}"                                          [:options {"stage" "prod"}]
    "prod"       "r: ${sls:stage}\nprovider: {stage: qa}"                   [:options {"stage" "prod"}]
    "qa"         "r: ${sls:stage}\nprovider: {stage: '${env:NO, ''qa''}'}"  []
    "dev"        "r: ${sls:stage}"                                          []
    "us-east-1"  "r: ${aws:region}"                                         []
    "eu-west-1"  "r: ${aws:region}\nprovider: {region: eu-west-1}"          []
    "cli"        "r: ${param:a}\nparams: {default: {a: 1}, dev: {a: 2}}"    [:params {"a" "cli"}]
    2            "r: ${param:a}\nparams: {default: {a: 1}, dev: {a: 2}}"    []
    1            "r: ${param:a}\nparams: {default: {a: 1}, prod: {a: 2}}"   []
    2            "r: ${param:a}\nparams: {default: {a: 1}, prod: {a: 2}}"   [:options {"stage" "prod"}]
    "x-dev"      "r: ${param:a}\nparams: {default: {a: 'x-${sls:stage}'}}"  []
    2            "r: ${param:a}\nstages: {default: {params: {a: 1}}, dev: {params: {a: 2}}}" []
    false        "r: ${strToBool(${env:OFF})}"                              []
    true         "r: ${strToBool(True)}"                                    []))

(deftest files-are-included
  (let [folder (folder {"a.yml"  "x: {y: ['${self:b}', !Ref T]}\nz: ${file(c.json):k}"
                        "c.json" "{\n\t\"k\": 7}"
                        "t.txt"  "plain"
                        "dev.yaml" "n: 3"})]
    (are [expected text] (= expected (value text :folder folder))
      {"x" {"y" [5 {"Ref" "T"}]}, "z" 7} "r: ${file(a.yml)}\nb: 5"
      [5 {"Ref" "T"}]                    "r: ${file(./a.yml):x.y}\nb: 5"
      5                                  "r: ${file(a.yml):x.y.0}\nb: 5"
      "plain"                            "r: ${file(t.txt)}"
      3                                  "r: ${file(${sls:stage}.yaml):n}"
      3                                  "r: ${self:a.n}\na: ${file(dev.yaml)}"
      "d"                                "r: ${file(no.yml), 'd'}"
      "d"                                "r: ${file(a.yml):no.no, 'd'}"
      "d"                                "r: ${file(no.js), 'd'}")))

(deftest a-value-in-an-included-file-has-its-place-there
  (let [folder (folder {"a.yml" "x:\n  y: ${ssm:/k}"})]
    (is (= "a.yml:2: ${ssm:/k} in x.y isn't known: AWS has it; npx serverless karamon dev resolves it"
           (warning "r: ${file(a.yml)}" :folder folder)))))

(deftest a-variable-that-is-not-known-stays-with-one-warning
  (are [message text] (= (str "s.yml:1: " message) (warning text :folder (folder {"f.js" ""})))
    "${ssm:/k} in r isn't known: AWS has it; npx serverless karamon dev resolves it"    "r: ${ssm:/k}-${ssm:/k}"
    "${cf:s.o, 'd'} in r isn't known: AWS has it; npx serverless karamon dev resolves it" "r: ${cf:s.o, 'd'}"
    "${git:sha1} in r isn't known: a plugin has it; npx serverless karamon dev resolves it" "r: ${git:sha1}"
    "${slef:a} in r isn't known: there is no source slef without a plugin. Did you mean self?" "r: ${slef:a}"
    "${aws:accountId} in r isn't known: AWS has it; npx serverless karamon dev resolves it"         "r: ${aws:accountId}"
    "${file(f.js):a} in r isn't known: f.js computes it; npx serverless karamon dev resolves it"    "r: ${file(f.js):a}"
    "${file(no.yml)} in r isn't known: there is no file no.yml"                                     "r: ${file(no.yml)}"
    "${env:NO} in r isn't known: the environment has no NO"                                         "r: ${env:NO}"
    "${opt:no} in r isn't known: there is no option --no"                                           "r: ${opt:no}"
    "${param:no} in r isn't known: there is no parameter no in params, and no --param no=…"         "r: ${param:no}"
    "${self:a.b} in r isn't known: there is no a.b"                                                 "r: ${self:a.b}\na: 1"
    "${sls:no} in r isn't known: expected sls:stage or sls:instanceId"                              "r: ${sls:no}"
    "${strToBool(maybe)} in r isn't known: expected true, false, 0 or 1, found \"maybe\""           "r: ${strToBool(maybe)}"
    "${self:a} in r isn't known: it is {}, expected a text within a text"                           "r: x${self:a}\na: {}"
    "${self:a, dev} in r isn't known: expected a source such as self:a, a number, true, false, null or a text in quotes, at character 11"
    "r: ${self:a, dev}")
  (testing "where it is, whoever needs it"
    (is (= "s.yml:2: ${ssm:/k} in a isn't known: AWS has it; npx serverless karamon dev resolves it"
           (warning "r: ['${self:a}', 'x-${self:a}', '${file(${self:a})}']\na: ${ssm:/k}"))))
  (testing "and what surrounds it is resolved"
    (is (= "${ssm:/k}-dev" (first (resolved "r: ${ssm:/k}-${sls:stage}" {}))))))

(deftest cycles-end
  (let [folder (folder {"a.yml" "x: ${file(a.yml)}"})]
    (are [text] (str/includes? (warning text :folder folder) "isn't known: it refers to itself")
      "r: ${self:r}"
      "r: x${self:r}"
      "r: ${self:a}\na: ${self:b}\nb: ${self:a}"
      "r: ${self:}"
      "r: ${self:r.x}"
      "r: ${file(a.yml)}"
      "r: ${sls:stage}\nprovider: {stage: '${sls:stage}'}"))
  (is (= "s.yml:1: ${env:N} in r isn't known: it goes through more than 60 variables"
         (warning "r: ${env:N}" :env {"N" "${env:N}"}))))

(deftest what-variables-stand-for-is-limited
  (let [chain (fn [n text] (str "r: ${self:a" (dec n) "}\na0: [x, x, x]\n"
                                (str/join (for [i (range 1 n)] (str "a" i ": " (str/replace text "a" (str "${self:a" (dec i) "}")) "\n")))))]
    (are [text] (thrown-with-msg? ExceptionInfo #"s.yml: its variables (stand for more than 200000 values|put more than 200 maps)"
                  (resolved text {}))
      (chain 40 "['a', 'a', 'a']")
      (chain 40 (str (str/join (repeat 10 "[")) "'a'" (str/join (repeat 10 "]"))))
      (str/replace (chain 40 "aa") "[x, x, x]" "x"))))

(deftest only-what-is-needed-is-resolved
  (is (= 1 (value "r: 1\nresources: ${ssm:/k}\ncustom: ${file(no.yml)}"))))

(deftest nothing-is-resolved-twice
  (is (= "${self:a}" (value "r: ${self:a}" :resolved true))))
