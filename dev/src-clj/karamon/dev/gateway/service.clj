(ns karamon.dev.gateway.service
  "Reads serverless.yml: the functions written in Clojure (`clj: namespace/name`), and the events of each. Serverless's variables are
  resolved as far as that is possible without it."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.gateway.dotenv :as dotenv]
   [karamon.dev.gateway.functions :as functions]
   [karamon.dev.gateway.place :as place]
   [karamon.dev.gateway.variables :as variables]
   [karamon.dev.gateway.variables.resolver :as resolver]
   [karamon.dev.gateway.yaml :as yaml])
  (:import
   (java.io File)))

(set! *warn-on-reflection* true)

(defn- provider-setting? [k]
  (or (#{"stage" "timeout" "memorySize" "environment" "httpApi" "apiGateway"} k)
      (str/starts-with? k "websocket")))

(defn- resolver [text file {:keys [stage params] :as opts}]
  (let [data (yaml/parse text file)]
    ;; A service may have nothing but resources.
    (when-not (or (some #(% (get data "functions")) [map? vector? string?])
                  (and (map? data) (contains? data "provider") (nil? (data "functions"))))
      (place/fail {:file file} "expected functions: with a function under it, such as hello: {clj: example.core/hello}"))
    (resolver/resolver data file (assoc (select-keys opts [:env :resolved])
                                   :folder  (.getParentFile (.getAbsoluteFile (io/file file)))
                                   :options (cond-> {} stage (assoc "stage" stage))
                                   :params  params))))

(defn- name-of
  "Returns the name of the service. It may be a map with that name, as older versions of Serverless have it."
  [resolver]
  (let [service (variables/value resolver (variables/node resolver ["service"]))]
    (if (map? service) (service "name") service)))

(defn- stage-of [resolver]
  (let [stage (variables/stage resolver)]
    (if (resolver/unknown? stage) "dev" (str stage))))

(defn parse
  "Returns the service that the serverless.yml `text` declares:

      {:service \"name\"
       :stage \"dev\"
       :functions [{:name \"hello\" :handler \"example.core/hello\" :timeout-ms 29000 :memory-mb 1769 :url true
                    :environment {\"COLOR\" \"blue\"}
                    :routes [{:source :rest :method :get :path \"/hello\" :file \"serverless.yml\" :line 12
                              :cors … :authorizer … :private true :request … :integration \"lambda\"}]
                    :websocket [{:route \"$connect\" :authorizer … :file … :line …}]
                    :others [{:kind \"schedule\" :detail … :file … :line …}]}]
       :http-api … :api-gateway … :websocket …
       :files [\"serverless.yml\"]
       :warnings [\"serverless.yml:7: memorySize of hello is …\"]}

  What is `…` is as YAML has it, with string keys; a route has only the keys that its event declares. `:http-api`, `:api-gateway` and
  `:websocket` are settings of the provider: `httpApi`, `apiGateway`, and a map of those whose names begin with `websocket`. `:files`
  are those that were read, which included files belong to. Functions without `clj` are left out.

  `file` is the name in messages, and included files are relative to its folder.

  * `:stage` -- the stage, as of `serverless --stage` (default: the provider's, or dev)
  * `:params` -- parameters, as of `serverless --param`, a map of strings
  * `:env` -- the environment, a map of strings (default: that of this process)
  * `:resolved` -- whether Serverless has resolved the variables already (default false)

  Throws ex-info of `:type` `:karamon.dev.gateway.service/bad-service` or `:karamon.dev.gateway.yaml/malformed`, with the file and
  line in its message."
  ([text file] (parse text file {}))
  ([text file opts]
   (let [resolver (resolver text file opts)
         provider (variables/select resolver (variables/node resolver ["provider"]) provider-setting?)
         shared   (functions/environment "provider" provider)
         read     (functions/read-all resolver provider (:environment shared))
         service  (name-of resolver)
         stage    (stage-of resolver)]
     {:service     service
      :stage       stage
      :functions   (:functions read)
      :http-api    (get provider "httpApi")
      :api-gateway (get provider "apiGateway")
      :websocket   (into {} (filter #(str/starts-with? (key %) "websocket")) provider)
      :files       (into [file] (resolver/files resolver))
      :warnings    (-> (resolver/warnings resolver)
                       (into (functions/unknown-numbers "provider" provider))
                       (into (:warnings shared))
                       (into (:warnings read)))})))

(def ^:private default-file "serverless.yml")

(def ^:private programs
  "Files that only Node can read."
  ["serverless.ts" "serverless.js" "serverless.cjs" "serverless.mjs"])

(defn find-file
  "Returns `file` if there is such a file. In place of a serverless.yml, serverless.yaml and serverless.json are found too. Returns nil
  if there is none."
  [file]
  (let [^File file (io/file file)
        sibling    #(io/file (.getParentFile file) %)]
    (some #(when (.isFile ^File %) (str %))
          (cons file (when (= default-file (.getName file))
                       (map sibling ["serverless.yaml" "serverless.json"]))))))

(defn- no-file [file]
  (let [program (first (filter #(.isFile (io/file (.getParentFile (io/file file)) %)) programs))]
    (ex-info (if program
               (str program " is a program, which only Serverless can run: npx serverless karamon dev serves it")
               (str "No " file " here: go to a project's folder, or name its file with --config"))
             {:type ::no-file})))

(defn- existing [file]
  (when (some #(= % (.getName (io/file file))) programs)
    (throw (no-file file)))
  (or (find-file file)
      (throw (no-file file))))

(defn- dotenv? [text file]
  (true? (get (yaml/parse text file) "useDotenv")))

(defn load-service
  "Returns the service that `file` declares, as `parse` does, with the variables of .env as `:dotenv` if it has `useDotenv: true`. In
  place of a serverless.yml, serverless.yaml and serverless.json are read too. Throws ex-info of `:type`
  `:karamon.dev.gateway.service/no-file` if there is no such file."
  ([file] (load-service file {}))
  ([file opts]
   (let [file   (existing file)
         text   (slurp file)
         env    (or (:env opts) (into {} (System/getenv)))
         dotenv (when (dotenv? text file)
                  (dotenv/variables file (or (:stage opts) (:stage (parse text file opts))) env))]
     (cond-> (parse text file (assoc opts :env (merge dotenv env)))
       dotenv (assoc :dotenv dotenv)))))

(defn handlers
  "Returns the handlers of the functions that `file` declares, without those that aren't known; nil if there is no such file."
  [file]
  (when-let [file (find-file file)]
    (functions/handlers (resolver (slurp file) file {}))))
