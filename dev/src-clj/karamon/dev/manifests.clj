(ns karamon.dev.manifests
  "`./karamon manifests`: writes what runs the image of `./karamon image --server`: a kustomization for Kubernetes, with or without
  Knative, or a file for Compose."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.gateway.place :as place]
   [karamon.dev.manifests.compose :as compose]
   [karamon.dev.manifests.files :as files]
   [karamon.dev.manifests.knative :as knative]
   [karamon.dev.manifests.kubernetes :as kubernetes]
   [karamon.dev.manifests.kustomize :as kustomize]
   [karamon.dev.manifests.plan :as plan]
   [karamon.dev.manifests.yaml :as yaml]
   [karamon.dev.options :as options]))

(set! *warn-on-reflection* true)

(defn- image? [text]
  (boolean (re-matches #"[a-z0-9][a-zA-Z0-9.:_/-]*?(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?" text)))

(def ^:private an-image
  "The tools.cli parts of an option that is an image."
  [:validate [image? "must be an image, such as registry.example/shop@sha256:…, with the digest in 64 hexadecimal digits"]])

(defn- replicas [default]
  [:parse-fn #(or (parse-long %) -1) :default default :default-desc "" :validate [#(<= 1 % 1000) "must be a number from 1 to 1000"]])

(def ^:private host #"(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?")

(def ^:private specs
  [(into ["-i" "--image IMAGE" "The image to run, by its digest: registry.example/shop@sha256:…"] an-image)
   (into ["-s" "--style STYLE" "deployment, knative or compose (default deployment)" :default :deployment :default-desc ""
          :parse-fn keyword] [:validate (options/one-of [:deployment :knative :compose])])
   ["-o" "--output FOLDER" "The folder to write (default kubernetes, or this one for compose)"]
   ["-c" "--config FILE" "The service's functions and events (default serverless.yml)" :default "serverless.yml" :default-desc ""]
   (into [nil "--stage NAME" "A stage to write an overlay for; may be given several times (default: the stage of --config)"
          :id :stages :multi true :update-fn (fnil conj [])] options/stage)
   options/param
   (into [nil "--min N" "The minimum of the server's replicas (default 2)"] (replicas 2))
   (into [nil "--max N" "The maximum of the server's replicas (default 10)"] (replicas 10))
   [nil "--canary PERCENT" "Send this percentage of the requests to --canary-image"
    :parse-fn #(or (parse-long %) -1) :validate [#(<= 1 % 99) "must be a number from 1 to 99"]]
   (into [nil "--canary-image IMAGE" "The image that --canary tries"] an-image)
   [nil "--ingress HOST" "Also write an Ingress for this host"
    :id :ingress-host :validate [#(re-matches host %) "must be a host name, such as shop.example.com"]]
   [nil "--ingress-class NAME" "The class of the Ingress"]
   [nil "--service-monitor" "Also write a ServiceMonitor, for the Prometheus Operator"]
   [nil "--force" "Overwrite files that somebody edited"]])

(defn- check [{:keys [image canary canary-image ingress-host ingress-class min max style stages] :as options}]
  (when-let [message
             (cond
               (not image)                      "Expected --image, such as --image registry.example/shop@sha256:…"
               (not= (some? canary) (some? canary-image)) "--canary and --canary-image need each other"
               (and ingress-class (not ingress-host)) "--ingress-class needs --ingress"
               (> min max)                      (str "--min " min " is more than --max " max)
               (and (= :compose style) (some options [:canary :ingress-host :service-monitor]))
               "--style compose has no canary, Ingress and ServiceMonitor"
               (and (= :compose style) (next stages)) "--style compose writes one file: name one --stage"
               (and (= :knative style) (some options [:ingress-host :service-monitor]))
               "--style knative has no Ingress and ServiceMonitor: Knative makes the route"
               (some #(re-find #"[/\\]|^\.+$" %) stages) "--stage must be a name of a folder")]
    (throw (options/wrong message))))

(defn- warn [message]
  (binding [*out* *err*] (println (str "karamon: " message))))

(defn- without-service
  "Returns warnings about what has no service in the file for Compose."
  [{:keys [consumers jobs]}]
  (concat (for [{:keys [name]} jobs]
            (str "the schedule " name " is left out: Compose has no schedules; run karamon.server.Once by one of your own"))
          (for [{:keys [name enabled]} consumers :when (not enabled)]
            (str "the queue of " name " is left out: it isn't enabled"))))

(defn- warn-of [plans {:keys [image canary-image style]}]
  (doseq [image [image canary-image] :when (and image (not (re-find #"@sha256:" image)))]
    (warn (str image " is named by a tag, which may mean another image tomorrow: name it by its digest, " image "@sha256:…")))
  (run! warn (distinct (mapcat :warnings plans)))
  (when (= :compose style)
    (run! warn (without-service (first plans))))
  (doseq [{:keys [name place queue]} (:consumers (first plans)) :when (not queue)]
    (warn (str (place/text place) ": the queue's address isn't known before it is deployed: set KARAMON_QUEUE_URL in the Secret " name))))

(defn- load-plans [{:keys [config stages params]}]
  (if stages
    (mapv #(plan/load-plan config {:stage %, :params params}) (distinct stages))
    [(plan/load-plan config {:params params})]))

(defn- check-canary
  "Throws if the canary's Deployment would have the name of another one."
  [plans]
  (doseq [{:keys [name consumers]} plans, consumer consumers :when (= (str name "-canary") (:name consumer))]
    (throw (options/wrong (str "--canary needs the name " (:name consumer) ", which the queue of " (:function consumer) " has: rename the function")))))

(defn- kustomization
  "Returns the files of the kustomization. The objects have the service's name for the image; each overlay names the image."
  [plans {:keys [style image canary-image] :as options}]
  (let [objects   (if (= :knative style) knative/objects kubernetes/objects)
        knative?  (= :knative style)
        named     #(cond-> (assoc options :image (if knative? image (:name %)))
                     (not knative?) (assoc :canary-image (str (:name %) "-canary")))
        base      (first plans)]
    (kustomize/files
      {:plan base, :objects (vec (objects base (dissoc (named base) :canary)))}
      (for [plan plans]
        {:plan plan, :objects (vec (objects plan (named plan)))
         :images (when-not knative?
                   (cond-> {(:name plan) image}
                     canary-image (assoc (str (:name plan) "-canary") canary-image)))}))))

(defn run
  "Writes the files that `arguments` describe."
  [arguments]
  (when-let [{:keys [options]} (options/parse "manifests --image IMAGE [OPTIONS]" specs [0 0] arguments)]
    (check options)
    (let [{:keys [style output force canary]} options
          plans   (doto (load-plans options) (cond-> canary check-canary))
          compose (= :compose style)
          root    (io/file (or output (if compose "." "kubernetes")))
          files   (if compose
                    {"compose.yaml" (yaml/text (compose/file (first plans) (:image options)))}
                    (kustomization plans options))
          folders (if compose [] (into ["base"] (map #(str "overlays/" (:stage %))) plans))
          {:keys [written deleted]} (files/write root folders files force)]
      (warn-of plans options)
      (println (str "Wrote " written " of " (count files) " files in " root
                    (when (pos? deleted) (str ", deleted " deleted))
                    (when (< written (count files)) "; the others are unchanged")))
      (when-not compose
        (doseq [{:keys [stage]} plans]
          (println (str "  kubectl apply -k " (io/file root "overlays" stage)))))))
  0)
