(ns karamon.dev.manifests.kustomize
  "The files of a kustomization: a base, and an overlay for each stage that holds what differs there.
  https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/"
  (:require
   [clojure.string :as str]
   [karamon.dev.manifests.yaml :as yaml])
  (:import
   (karamon.text Shown)))

(set! *warn-on-reflection* true)

(defn- identity-of [{:keys [kind metadata]}]
  [kind (:name metadata)])

(defn- pointer
  "Returns a path of keys as a JSON pointer."
  [path]
  (str/join (for [k path]
              (str "/" (str/escape (if (keyword? k) (name k) (str k)) {\~ "~0", \/ "~1"})))))

(defn- patch
  "Returns the operations of a JSON patch that make `a` to `b`. https://www.rfc-editor.org/rfc/rfc6902"
  [path a b]
  (cond
    (= a b) nil
    (and (map? a) (map? b))
    (concat (for [[k v] a :when (not (contains? b k))] {:op "remove", :path (pointer (conj path k))})
            (mapcat (fn [[k v]]
                      (if (contains? a k)
                        (patch (conj path k) (a k) v)
                        [{:op "add", :path (pointer (conj path k)), :value v}]))
                    b))
    (and (vector? a) (vector? b) (= (count a) (count b))) (mapcat #(patch (conj path %1) %2 %3) (range) a b)
    :else [{:op "replace", :path (pointer path), :value b}]))

(defn- file-name [[kind name]]
  (str (str/lower-case kind) "-" name ".yaml"))

(defn- config-lines
  "Returns the environment as a file of kustomize, which takes each line as it is."
  [{:keys [name environment]}]
  (when-let [[k] (first (filter #(re-find #"[\r\n]" (val %)) environment))]
    (throw (ex-info (str k " of " name " has several lines, " (Shown/of (environment k)) ": put it into the Secret, see docs/kubernetes.md")
                    {:type ::lines, :variable k})))
  (str/join (for [[k v] (into (sorted-map) environment)] (str k "=" v "\n"))))

(defn- config-file [{:keys [name]}]
  (str name ".env"))

(defn- processes [{:keys [server consumers jobs]}]
  (concat (when server [server]) consumers jobs))

(defn- kustomization [content]
  (yaml/text (merge {:apiVersion "kustomize.config.k8s.io/v1beta1", :kind "Kustomization"} content)))

(defn- generator [process more]
  (merge {:name (:name process), :envs [(config-file process)]} more))

(defn- base [plan objects]
  (merge {"base/kustomization.yaml" (kustomization (cond-> {:resources (mapv (comp file-name identity-of) objects)}
                                                     (seq (processes plan))
                                                     (assoc :configMapGenerator (mapv #(generator % nil) (processes plan)))))}
         (into {} (for [object objects] [(str "base/" (file-name (identity-of object))) (yaml/text object)]))
         (into {} (for [process (processes plan)] [(str "base/" (config-file process)) (config-lines process)]))))

(defn- image-entry
  "Returns the entry that replaces a name in the base by an image."
  [name image]
  (let [[_ new-name tag digest] (re-matches #"(.+?)(?::([\w.-]+))?(?:@(sha256:[0-9a-f]{64}))?" image)]
    (cond-> {:name name, :newName new-name}
      digest              (assoc :digest digest)
      (and tag (not digest)) (assoc :newTag tag))))

(defn- overlay
  "Returns the files of the overlay of a stage. `base` and `stage` are maps of `:plan` and `:objects`."
  [base {:keys [plan objects images]}]
  (let [folder   (str "overlays/" (:stage plan) "/")
        earlier  (into {} (map (juxt identity-of identity)) (:objects base))
        wanted   (into {} (map (juxt identity-of identity)) objects)
        added    (remove (comp earlier identity-of) objects)
        configs  (into {} (map (juxt :name identity)) (processes (:plan base)))
        differ   (remove #(= (:environment %) (:environment (configs (:name %)))) (processes plan))
        patches  (concat
                   (for [object objects
                         :let   [[kind name :as id] (identity-of object), before (earlier id)
                                 operations (when before (patch [] before object))]
                         :when  (seq operations)]
                     {:target {:kind kind, :name name}, :patch (yaml/text (vec operations))})
                   (for [[[kind name :as id] object] earlier :when (not (wanted id))]
                     {:patch (yaml/text {:apiVersion (:apiVersion object), :kind kind, :metadata {:name name}, "$patch" "delete"})}))]
    (merge {(str folder "kustomization.yaml")
            (kustomization (cond-> {:resources (into ["../../base"] (map (comp file-name identity-of)) added)}
                             (seq images)  (assoc :images (mapv (fn [[name image]] (image-entry name image)) images))
                             (seq differ)  (assoc :configMapGenerator
                                                  (mapv #(generator % (when (configs (:name %)) {:behavior "replace"})) differ))
                             (seq patches) (assoc :patches (vec patches))))}
           (into {} (for [object added] [(str folder (file-name (identity-of object))) (yaml/text object)]))
           (into {} (for [process differ] [(str folder (config-file process)) (config-lines process)])))))

(defn files
  "Returns a map of path to content. `base` and each of `stages` are maps of `:plan` and `:objects`; a stage also has its `:images`, a
  map of the name in the objects to the reference."
  [base stages]
  (apply merge (karamon.dev.manifests.kustomize/base (:plan base) (:objects base)) (map #(overlay base %) stages)))
