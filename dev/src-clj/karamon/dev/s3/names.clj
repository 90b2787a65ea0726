(ns karamon.dev.s3.names
  "Names in lines of output. A name may have any characters, so it could look like lines of its own."
  (:import
   (karamon.text Escaped)))

(set! *warn-on-reflection* true)

(defn line
  "Returns the line that `f` makes of names, which it gets escaped. If that changed one, the line begins with a backslash, as
  md5sum's lines do."
  [f & names]
  (let [names   (map str names)
        escaped (map #(Escaped/name %) names)]
    (str (when (not= names escaped) "\\") (apply f escaped))))
