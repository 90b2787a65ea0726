(ns karamon.dev.call.event
  "`./karamon event`: prints a sample of the events that a service sends. Edit it, then send it with `./karamon invoke --event`
  or to the local gateway."
  (:require
   [clojure.string :as str]
   [karamon.dev.options :as options]
   [karamon.local :as local]
   [karamon.local.sample :as sample])
  (:import
   (com.fasterxml.jackson.core JsonFactory)
   (com.fasterxml.jackson.core.util DefaultIndenter DefaultPrettyPrinter Separators Separators$Spacing)
   (java.io StringWriter)
   (karamon.json JsonWriter)))

(set! *warn-on-reflection* true)

(def ^:private printer
  (let [indenter (DefaultIndenter. "  " "\n")]
    (-> (DefaultPrettyPrinter. (-> (Separators/createDefaultInstance)
                                   (.withObjectFieldValueSpacing Separators$Spacing/AFTER)
                                   (.withObjectEmptySeparator "")
                                   (.withArrayEmptySeparator "")))
        (.withObjectIndenter indenter)
        (.withArrayIndenter indenter))))

(defn pretty
  "Returns data as JSON text with one value a line."
  [data]
  (let [text (StringWriter.)]
    (with-open [out (.createGenerator (JsonFactory.) text)]
      (.setPrettyPrinter out (.createInstance ^DefaultPrettyPrinter printer))
      (JsonWriter/write data out nil))
    (str text)))

(def ^:private usage
  (str "./karamon event KIND\n\nKIND is one of " (str/join ", " (map name sample/kinds)) "."))

(defn run
  "Prints the sample event of the kind that `arguments` name."
  [arguments]
  (when-let [{[kind] :arguments} (options/parse usage [] [1 1] arguments)]
    (try
      (println (pretty (local/sample (keyword kind))))
      (catch clojure.lang.ExceptionInfo e
        (throw (options/wrong (ex-message e))))))
  0)
