(ns karamon.dev.event-file
  "Reads events from JSON files as data with string keys, and writes data as JSON for people. A bad file is one clear error."
  (:require
   [clojure.java.io :as io])
  (:import
   (com.fasterxml.jackson.core JsonFactory)
   (com.fasterxml.jackson.core.util DefaultIndenter DefaultPrettyPrinter Separators Separators$Spacing)
   (java.io FileNotFoundException InputStream StringWriter)
   (karamon.json JsonReader JsonWriter Keys MalformedJson)))

(set! *warn-on-reflection* true)

(defn parse
  "Returns the data in the JSON `bytes`; `what` names them in the message of an error. Throws ex-info of `:type`
  `:karamon.dev.event-file/bad-file`."
  [what ^bytes bytes]
  (try
    (JsonReader/read bytes Keys/STRINGS)
    (catch MalformedJson e
      (throw (ex-info (str what " isn't JSON: " (ex-message e)) {:type ::bad-file} e)))))

(defn read-event
  "Returns the data in `file`; - is standard input. Throws ex-info of `:type` `:karamon.dev.event-file/no-file` or
  `:karamon.dev.event-file/bad-file`."
  [file]
  (parse file
         (try
           (with-open [in (if (= "-" file) System/in (io/input-stream file))]
             (.readAllBytes ^InputStream in))
           (catch FileNotFoundException _
             (throw (ex-info (str "No event file " file) {:type ::no-file}))))))

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
