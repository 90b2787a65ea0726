(ns karamon.dev.event-file
  "Reads events from JSON files as data with string keys. A bad file is one clear error."
  (:require
   [clojure.java.io :as io])
  (:import
   (java.io FileNotFoundException InputStream)
   (karamon.json JsonReader Keys MalformedJson)))

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
