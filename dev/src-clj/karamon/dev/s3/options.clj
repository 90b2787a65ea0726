(ns karamon.dev.s3.options
  "Options and output that the commands of `./karamon s3` share."
  (:require
   [karamon.s3 :as s3])
  (:import
   (java.io Closeable)
   (karamon.json JsonWriter)
   (karamon.text Escaped)))

(set! *warn-on-reflection* true)

(def common
  "The tools.cli options of each command."
  [[nil "--endpoint URL" "Use this server instead of AWS (default: AWS_ENDPOINT_URL_S3)"]
   [nil "--region NAME" "AWS's region (default: AWS_REGION, or the profile's)"]
   [nil "--json" "Print a JSON object for each result"]])

(defn client
  "Returns a client for the options. `addresses`, a lazy seq of the parsed addresses that the command will use, is realized
  first: a bad address is reported even without credentials or a server."
  ^Closeable [options addresses]
  (dorun addresses)
  (s3/client (select-keys options [:endpoint :region])))

(defn print-json
  "Prints a map as a line."
  [m]
  (println (JsonWriter/string m))
  (flush))

(defn print-to-stderr
  "Prints a message of one line to standard error and returns false."
  [message]
  (binding [*out* *err*] (println (Escaped/line message)))
  false)

(defn address?
  "Returns true if an argument is the address of an object or a bucket on S3."
  [^String argument]
  (.startsWith argument "s3://"))
