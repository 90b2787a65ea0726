(ns karamon.dev.package.handlers
  "Checks that a package has its handlers, as Lambda would load them."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.gateway.service :as service]
   [karamon.dev.package.jvm :as jvm])
  (:import
   (karamon.json JsonReader Keys)))

(set! *warn-on-reflection* true)

(defn of-service
  "Returns the handlers of the functions in the serverless.yml `file` and the files that it includes, without those that aren't
  known; nil if there is no file."
  [file]
  (service/handlers file))

(defn faults
  "Returns a map of the names in `handlers` that the jars in the folder `lib` don't have to the reasons. `work` is a folder for
  temporary files."
  [work lib handlers]
  (let [class-path (io/file lib "*")
        ;; Lambda's locale, in which Java finds only files whose names are ASCII. This folder's own name may have other letters.
        locale     (when (re-matches #"[ -~]*" (str (.getAbsolutePath class-path) (.getAbsolutePath (io/file work)))) "C")
        process    (jvm/start work [class-path] ["karamon.runtime.CheckHandlers"] locale)
        _          (try
                     (spit (.getOutputStream process) (str/join "\n" handlers))
                     (catch java.io.IOException _)) ; it ended early: its exit code says so
        out        (slurp (.getInputStream process))]
    (when-not (zero? (.waitFor process))
      (throw (ex-info "The handlers can't be checked: see the output above" {:type ::failed})))
    (JsonReader/read ^String out Keys/STRINGS)))

(defn check
  "Throws if the jars in the folder `lib` lack one of `handlers`. The error has the nearest names."
  [work lib handlers]
  (when (seq handlers)
    (when-let [faults (seq (faults work lib handlers))]
      (throw (ex-info (str (str/join "\n" (for [[handler fault] faults] (str handler ": " fault)))
                           "\nIf a namespace loads only on Lambda, package without this check: --no-check")
                      {:type ::no-handler, :handlers (mapv key faults)})))))
