(ns karamon.dev.gateway.place
  "Places in files that `karamon.dev.gateway.yaml` read, for errors and warnings that point at a line. A place is a map of `:file`
  and `:line`."
  (:import
   (clojure.lang IObj)))

(set! *warn-on-reflection* true)

(defn of
  "Returns the place of a map or vector, or that of its key or index `k`. Nil if `x` is anything else."
  ([x]
   (when (instance? IObj x)
     (when-let [found (meta x)]
       (select-keys found [:file :line]))))
  ([x k]
   (when (instance? IObj x)
     (let [{:keys [file line places lines]} (meta x)]
       (or (get places k) {:file file, :line (get lines k line)})))))

(defn text
  "Returns a place as text, such as \"serverless.yml:7\"."
  [{:keys [file line]}]
  (str file (when line (str ":" line))))

(defn message
  "Returns `words` after the place."
  [place & words]
  (apply str (text place) ": " words))

(defn fail
  "Throws ex-info of `:type` `:karamon.dev.gateway.service/bad-service`. Its message has the place and `words`."
  [place & words]
  (throw (ex-info (apply message place words)
                  {:type :karamon.dev.gateway.service/bad-service, :file (str (:file place)), :line (:line place)})))
