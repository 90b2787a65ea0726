(ns karamon.lambda.names
  "Gives AWS's own names in answers the form that AWS has for them."
  {:no-doc true})

(set! *warn-on-reflection* true)

(defn camel
  "Returns a keyword in kebab case as AWS's name (`:auto-confirm-user` `autoConfirmUser`); anything else unchanged."
  [k]
  (if (keyword? k)
    (let [[_ start more] (re-matches #"([^-]*)(.*)" (name k))]
      (apply str start (map #(str (Character/toUpperCase ^char (second %)) (subs % 2)) (re-seq #"-[^-]+" more))))
    k))

(defn pascal
  "Returns a keyword in kebab case as AWS's name with a capital (`:home-directory` `HomeDirectory`); anything else unchanged."
  [k]
  (let [^String s (camel k)]
    (if (and (keyword? k) (seq s)) (str (Character/toUpperCase (.charAt s 0)) (subs s 1)) k)))

(defn sent
  "Returns data with AWS's own names in the form that `form` gives them (default `camel`). Strings stay unchanged, and so do the
  values of the keys in `people`, whose names people chose. The names in the values of the keys in `holders` are people's too, but
  those in their values are AWS's."
  ([x people] (sent x people #{} camel))
  ([x people holders form]
   (letfn [(below [k v]
             (cond
               (people k)                 v
               (and (holders k) (map? v)) (update-vals v each)
               :else                      (each v)))
           (each [x]
             (cond
               (map? x)        (into {} (map (fn [[k v]] [(form k) (below k v)])) x)
               (sequential? x) (mapv each x)
               :else           x))]
     (each x))))
