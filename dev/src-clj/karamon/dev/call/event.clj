(ns karamon.dev.call.event
  "`./karamon event`: prints a sample of the events that a service sends. Edit it, then send it with `./karamon invoke --event`
  or to the local gateway."
  (:require
   [clojure.string :as str]
   [karamon.dev.event-file :as event-file]
   [karamon.dev.options :as options]
   [karamon.local :as local]
   [karamon.local.sample :as sample]))

(set! *warn-on-reflection* true)

(def ^:private usage
  (str "event KIND\n\nKIND is one of " (str/join ", " (map name sample/kinds)) "."))

(defn run
  "Prints the sample event of the kind that `arguments` name."
  [arguments]
  (when-let [{[kind] :arguments} (options/parse usage [] [1 1] arguments)]
    (try
      (println (event-file/pretty (local/sample (keyword kind))))
      (catch clojure.lang.ExceptionInfo e
        (throw (options/wrong (ex-message e))))))
  0)
