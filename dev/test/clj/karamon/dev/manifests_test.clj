(ns karamon.dev.manifests-test
  "The command: what it writes, keeps and refuses. test/manifests checks what kubectl makes of it."
  {:any-jdk true}
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.manifests :as manifests]
   [karamon.test.temp :as temp])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io File)))

(set! *warn-on-reflection* true)

(def ^:private digest (str "sha256:" (str/join (repeat 64 "a"))))

(def ^:private service
  "service: shop
provider: {name: aws}
params: {default: {color: blue}, prod: {color: red}}
functions:
  hello: {clj: shop.core/hello, url: true, environment: {COLOR: \"${param:color}\"}}
")

(defn- call
  "Runs the command in a folder; returns what it prints, or its error."
  [folder & arguments]
  (let [err (java.io.StringWriter.)]
    (try
      (str (with-out-str
             (binding [*err* err]
               (manifests/run (concat ["--config" (str (io/file folder "serverless.yml")) "--output" (str (io/file folder "out"))] arguments))))
           err)
      (catch ExceptionInfo e (ex-message e)))))

(defn- files [folder]
  (into {} (for [^File file (file-seq (io/file folder "out")) :when (.isFile file)]
             [(subs (str file) (inc (count (str (io/file folder "out"))))) (slurp file)])))

(defn- with-service [f]
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "serverless.yml" service)
      (f folder))))

(deftest stages-are-overlays-with-what-differs
  (with-service
    (fn [folder]
      (call folder "--image" (str "shop@" digest) "--stage" "dev" "--stage" "prod")
      (let [files (files folder)]
        (is (str/includes? (files "base/shop.env") "COLOR=blue\n"))
        (is (str/includes? (files "overlays/prod/shop.env") "COLOR=red\n"))
        (is (not (contains? files "overlays/dev/shop.env")))
        (is (str/includes? (files "overlays/dev/kustomization.yaml") (str "digest: " digest)))
        (is (not (str/includes? (files "base/deployment-shop.yaml") "sha256")))))))

(deftest a-second-run-changes-nothing-and-removes-what-is-no-longer-needed
  (with-service
    (fn [folder]
      (call folder "--image" (str "shop@" digest) "--ingress" "shop.example")
      (let [before (files folder)]
        (is (str/includes? (call folder "--image" (str "shop@" digest) "--ingress" "shop.example") "Wrote 0 of 9 files"))
        (is (= before (files folder)))
        (is (str/includes? (call folder "--image" (str "shop@" digest)) "deleted 1"))
        (is (= (dissoc before "base/ingress-shop.yaml" "base/kustomization.yaml") (dissoc (files folder) "base/kustomization.yaml")))))))

(deftest an-edited-file-is-kept
  (with-service
    (fn [folder]
      (call folder "--image" (str "shop@" digest))
      (let [edited (io/file folder "out/base/deployment-shop.yaml")
            foreign (io/file folder "out/base/mine.yaml")]
        (spit edited "# mine\n" :append true)
        (spit foreign "a: 1\n")
        (let [before (files folder)]
          (is (str/includes? (call folder "--image" (str "other@" digest)) (str "Wrote nothing: somebody edited " edited ". Move the changes")))
          (is (= before (files folder)))
          (call folder "--image" (str "other@" digest) "--force")
          (is (not (str/includes? (slurp edited) "# mine")))
          (is (= "a: 1\n" (slurp foreign)))))
      (testing "but Git may change its line ends"
        (let [file (io/file folder "out/base/service-shop.yaml")]
          (spit file (str/replace (slurp file) "\n" "\r\n"))
          (is (str/includes? (call folder "--image" (str "other@" digest) "--service-monitor") "Wrote 3 of 9 files")))))))

(deftest a-tag-is-warned-about
  (with-service
    (fn [folder]
      (is (str/includes? (call folder "--image" "localhost/shop:1") "karamon: localhost/shop:1 is named by a tag"))
      (is (str/includes? ((files folder) "overlays/dev/kustomization.yaml") "newTag: \"1\"")))))

(deftest compose-is-one-file
  (with-service
    (fn [folder]
      (call folder "--image" (str "shop@" digest) "--style" "compose")
      (is (= ["compose.yaml"] (keys (files folder)))))))

(deftest a-wrong-call-is-an-error-and-writes-nothing
  (with-service
    (fn [folder]
      (are [expected arguments] (str/includes? (apply call folder arguments) expected)
        "Expected --image" []
        "must be an image" ["--image" "shop@sha256:12"]
        "must be an image" ["--image" "a b"]
        "must be an image" ["--image" "shop\n  evil: 1"]
        "--canary and --canary-image need each other" ["--image" "a" "--canary" "10"]
        "must be a number from 1 to 99" ["--image" "a" "--canary" "100" "--canary-image" "b"]
        "--min 20 is more than --max 10" ["--image" "a" "--min" "20"]
        "must be one of deployment, knative, compose" ["--image" "a" "--style" "helm"]
        "must be a host name" ["--image" "a" "--ingress" "https://a"]
        "must be one name" ["--image" "a" "--stage" "../x"]
        "--stage must be a name of a folder" ["--image" "a" "--stage" ".."]
        "--style compose has no canary" ["--image" "a" "--style" "compose" "--service-monitor"]
        "No none/serverless.yml here" ["--image" "a" "--config" "none/serverless.yml"])
      (is (= {} (files folder)))))
  (testing "a value with several lines has no place in a file of variables"
    (temp/call-with-folder
      (fn [folder]
        (temp/save folder "serverless.yml" "service: shop\nfunctions:\n  a: {clj: a/a, url: true, environment: {PEM: \"a\\nb\"}}\n")
        (is (str/includes? (call folder "--image" "shop:1") "PEM of shop has several lines"))
        (is (= {} (files folder)))))))

(deftest values-from-elsewhere-are-warned-about
  (with-service
    (fn [folder]
      (temp/save folder "more.yml" "token: abc\n")
      (temp/save folder "serverless.yml" (str/replace service "COLOR:" "A: 1, TOKEN: \"${file(more.yml):token}\", COLOR:"))
      (let [about #(some->> (str/split-lines %) (filter (fn [line] (str/includes? line "comes from --param or another file"))))]
        (is (= ["karamon: TOKEN of hello: the value comes from --param or another file, and the files for containers have it as it is: put secrets into the Secret instead, see docs/kubernetes.md"]
               (about (call folder "--image" (str "shop@" digest)))))
        (is (str/starts-with? (first (about (call folder "--image" (str "shop@" digest) "--param" "color=red"))) "karamon: COLOR, TOKEN of hello: "))))))

(deftest compose-leaves-out-schedules-with-a-warning
  (with-service
    (fn [folder]
      (temp/save folder "serverless.yml" (str service "  tick: {clj: shop.core/tick, events: [{schedule: rate(1 hour)}]}\n"))
      (is (str/includes? (call folder "--style" "compose" "--image" (str "shop@" digest))
                         "the schedule shop-tick is left out: Compose has no schedules")))))

(deftest a-canary-takes-no-name-of-another
  (with-service
    (fn [folder]
      (temp/save folder "serverless.yml" (str service "  canary: {clj: shop.core/tick, events: [{sqs: 'arn:aws:sqs:eu-west-1:123456789012:orders'}]}\n"))
      (is (str/includes? (call folder "--image" (str "shop@" digest)) "Wrote"))
      (is (str/includes? (call folder "--image" (str "shop@" digest) "--canary" "10" "--canary-image" (str "shop@" digest))
                         "--canary needs the name shop-canary, which the queue of canary has")))))
