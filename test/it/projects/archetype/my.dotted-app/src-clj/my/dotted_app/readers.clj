(ns my.dotted-app.readers
  (:import
   (my.dotted_app Upper)))

(defn upper [text]
  (Upper/of text))
