(ns karamon.dev.gateway.dotenv
  "Reads the file .env as Serverless does with `useDotenv: true`: the rules are those of npm's dotenv and dotenv-expand. If there is a
  file .env.STAGE, that is read instead."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str])
  (:import
   (java.io File)))

(set! *warn-on-reflection* true)

(def ^:private entry
  "One variable: its name, and its value, which may be in quotes and then have several lines."
  (re-pattern (str "(?m)^\\s*(?:export\\s+)?([\\w.-]+)(?:\\s*=[ \\t]*|:[ \\t]+)"
                   "('[^'\\\\]*+(?:\\\\[\\s\\S][^'\\\\]*+)*+'|\"[^\"\\\\]*+(?:\\\\[\\s\\S][^\"\\\\]*+)*+\"|`[^`\\\\]*+(?:\\\\[\\s\\S][^`\\\\]*+)*+`"
                   "|[^#\\r\\n]*+)?[ \\t]*(?:#.*)?$")))

(defn- unquoted [value]
  (let [value (str/trim (or value ""))
        [_ mark text] (re-matches #"(['\"`])([\s\S]*)\1" value)]
    (cond
      (= "\"" mark) (-> text (str/replace "\\n" "\n") (str/replace "\\r" "\r"))
      mark          text
      :else         value)))

(defn- expanded
  "Returns `value` with $NAME, ${NAME} and ${NAME:-default} replaced by what `lookup` returns for the name."
  [value lookup]
  (str/replace value #"(\\)?\$(?:\{([A-Za-z_][\w]*)(?::?-([^}]*))?\}|([A-Za-z_][\w]*))"
               (fn [[all escaped in-braces default plain]]
                 (if escaped
                   (subs all 1)
                   (or (not-empty (lookup (or in-braces plain))) default "")))))

(defn parse
  "Returns the variables that `text` sets, a map of strings. `env` are those of the process, which take precedence in ${NAME}."
  [text env]
  (reduce (fn [found [_ name value]]
            (assoc found name (expanded (unquoted value) #(or (get env %) (get found %)))))
          {}
          (re-seq entry (str/replace text #"\r\n?" "\n"))))

(defn variables
  "Returns the variables of the file .env.STAGE, or else .env, next to `config`; none if there is neither, or if `env`, the variables of
  the process, has them already."
  [config stage env]
  (let [folder (or (.getParentFile (.getAbsoluteFile (io/file config))) (io/file "."))
        file   (first (filter #(.isFile ^File %) [(io/file folder (str ".env." stage)) (io/file folder ".env")]))]
    (if file
      (into {} (remove #(contains? env (key %))) (parse (slurp file) env))
      {})))
