(ns karamon.dev.s3.options
  "What all of `./karamon s3` takes and prints."
  (:require
   [karamon.s3 :as s3])
  (:import
   (java.io Closeable)
   (karamon.json JsonWriter)))

(set! *warn-on-reflection* true)

(def common
  "The tools.cli options of each command."
  [[nil "--endpoint URL" "Ask this server, not AWS (default: AWS_ENDPOINT_URL_S3)"]
   [nil "--region NAME" "AWS's region (default: AWS_REGION, or the profile's)"]
   [nil "--json" "Print a JSON object for each result"]])

(defn client
  "Returns a client as the options say. `addresses` are those that it will be asked for, read before: what is wrong with them
  is wrong wherever S3 is."
  ^Closeable [options addresses]
  (dorun addresses)
  (s3/client (select-keys options [:endpoint :region])))

(defn print-json
  "Prints a map as a line."
  [m]
  (println (JsonWriter/string m))
  (flush))

(defn complain
  "Tells what is wrong; returns false."
  [message]
  (binding [*out* *err*] (println message))
  false)

(defn address?
  "Tells whether an argument is on S3."
  [^String argument]
  (.startsWith argument "s3://"))
