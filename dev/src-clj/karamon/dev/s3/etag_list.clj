(ns karamon.dev.s3.etag-list
  "Lists of ETags as text. A line is the ETag, two spaces and the file's name, in the format of md5sum."
  (:require
   [clojure.string :as str]))

(set! *warn-on-reflection* true)

(defn line
  "Returns the line for a file. If the name has a line break or a backslash, it is escaped and the line begins with a backslash."
  [etag file]
  (if (re-find #"[\\\n\r]" file)
    (str "\\" etag "  " (str/escape file {\\ "\\\\", \newline "\\n", \return "\\r"}))
    (str etag "  " file)))

(defn read-line-of
  "Returns the map of `:etag` and `:file` in a line, or nil if the line isn't one of a list. The second space may be md5sum's
  asterisk for binary files."
  [text]
  (when-let [[_ escaped etag file] (re-matches #"(?s)(\\?)([^\s\\]+) [ *](.+)" text)]
    {:etag etag
     :file (if (= "" escaped)
             file
             (str/replace file #"\\(.)" #(get {"n" "\n", "r" "\r"} (second %) (second %))))}))
