(ns karamon.dev.gateway.variables.sources
  "Reads the values of Serverless's variables that are outside of serverless.yml: files, the environment, options.

  Each function returns a map of `:value`, which may have variables itself, or of `:missing` or `:unknown`, the reason why there is
  no value, or why it can't be known here."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.gateway.yaml :as yaml])
  (:import
   (java.io File IOException)
   (karamon.text Nearest Shown)))

(set! *warn-on-reflection* true)

(def ^:private max-bytes
  "The maximum size of a file."
  (* 3 1024 1024))

(defn found
  "Returns the result for `x`, or if that is nil, for `reason`."
  [x & reason]
  (if (nil? x) {:missing (apply str reason)} {:value x}))

(defn elsewhere
  "Returns the result for a value that only Serverless itself can find."
  [reason]
  {:unknown (str reason "; npx serverless karamon dev resolves it")})

(defn other
  "Returns the result for a source `type` that isn't read here."
  [type]
  (if (#{"ssm" "cf" "s3"} type)
    (elsewhere "AWS has it")
    (if-let [near (Nearest/to type ["self" "file" "env" "opt" "param" "sls" "aws" "strToBool"])]
      {:unknown (str "there is no source " type " without a plugin. Did you mean " near "?")}
      (elsewhere "a plugin has it"))))

(defn keys-of
  "Returns the keys in an address such as a.b.0."
  [address]
  (if (str/blank? (str address)) [] (str/split (str address) #"\.")))

(defn step
  "Returns the value of the key `k`, a string, in a map or vector; nil if there is none."
  [x k]
  (cond
    (map? x)    (get x k)
    (vector? x) (some->> (parse-long k) (get x))))

(defn- extension [^File file]
  (second (re-find #"\.([^.]+)$" (.getName file))))

(defn- read-content [^File file name]
  (cond
    (not (.isFile file))         {:missing (str "there is no file " name)}
    (#{"js" "cjs" "mjs" "ts"} (extension file)) (elsewhere (str name " computes it"))
    (< max-bytes (.length file)) {:unknown (str name " has more than " max-bytes " bytes")}
    :else
    (try
      (let [text (slurp file)]
        {:value (if (#{"yml" "yaml" "json" "tfstate"} (extension file)) (yaml/parse text name) text)})
      (catch IOException e
        {:unknown (str name " can't be read: " (ex-message e))}))))

(defn located
  "Returns the file `name`. Relative names are relative to `folder`."
  ^File [folder name]
  (let [file (io/file name)]
    (if (.isAbsolute file) file (io/file folder name))))

(defn content
  "Returns the content of the file `name`: data if it is YAML or JSON, else text. Relative names are relative to `folder`."
  [folder name]
  (if (and (string? name) (seq name))
    (read-content (located folder name) name)
    {:unknown "expected a file's name in brackets, such as file(a.yml)"}))

(defn environment
  "Returns the environment variable `name`."
  [env name]
  (found (get env name) "the environment has no " name))

(defn option
  "Returns the option `name`, or all of them if that is nil."
  [options name]
  (if name
    (found (get options name) "there is no option --" name)
    {:value options}))

(defn boolean-of
  "Returns the boolean that a text is."
  [text]
  (case (str/lower-case (str/trim (str text)))
    ("true" "1")  {:value true}
    ("false" "0") {:value false}
    {:unknown (str "expected true, false, 0 or 1, found " (Shown/of text))}))
