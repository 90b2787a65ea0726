(ns karamon.dev.gateway.parity-test
  "Whether serverless.yml is read as Serverless reads it: print.json is what `serverless print` finds, which the plugin's tests check."
  (:require
   [clojure.test :refer [are deftest is]]
   [karamon.dev.gateway.variables :as variables]
   [karamon.dev.gateway.variables.resolver :as resolver]
   [karamon.dev.gateway.yaml :as yaml])
  (:import
   (karamon.json JsonReader Keys)))

(set! *warn-on-reflection* true)

(def ^:private folder "serverless-karamon/test/variables")

(def ^:private resolver
  (delay (resolver/resolver (yaml/parse (slurp (str folder "/serverless.yml")) "serverless.yml") "serverless.yml"
           {:folder folder, :options {"stage" "prod"}, :params {"q" "Q=1"}, :env {}})))

(def ^:private printed
  (delay (JsonReader/read ^String (slurp (str folder "/print.json")) Keys/STRINGS)))

(defn- value [& keys]
  (variables/value @resolver (variables/node @resolver keys)))

(deftest each-value-is-the-one-that-serverless-prints
  (is (< 30 (count (@printed "custom"))))
  (doseq [[k expected] (@printed "custom")]
    (is (= expected (value "custom" k)) k))
  (are [k] (= (get-in @printed ["provider" k]) (value "provider" k))
    "stage" "region")
  (is (= (get-in @printed ["provider" "environment"]) (update-vals (value "provider" "environment") str)))
  (is (= [] (resolver/warnings @resolver))))

(deftest each-function-has-the-settings-that-serverless-prints
  (let [[fns more tea] (value "functions")]
    (doseq [[name found] (merge-with merge fns more tea)
            k            (keys found)]
      (is (= (get-in @printed ["functions" name k]) (cond-> (found k) (= "environment" k) (update-vals str))) [name k]))))
