(ns karamon.dev.manifests.knative
  "The server as a Service of Knative, which scales it, down to none, and splits requests among its revisions.
  https://knative.dev/docs/serving/reference/serving-api/"
  (:require
   [karamon.dev.manifests.kubernetes :as kubernetes])
  (:import
   (java.security MessageDigest)
   (java.util HexFormat)
   (karamon.json JsonWriter)))

(set! *warn-on-reflection* true)

(defn- revision
  "Returns the name of the revision for an image and the settings: the same for the same ones. A revision never changes, its scale
  neither."
  [image {:keys [name environment memory-mb timeout]} {:keys [min max]}]
  (let [bytes (.digest (MessageDigest/getInstance "SHA-256")
                       (JsonWriter/bytes [image (into (sorted-map) environment) memory-mb timeout min max]))]
    (str name "-" (subs (.formatHex (HexFormat/of) bytes) 0 10))))

(defn- service [plan {:keys [name port timeout] :as server} {:keys [min max] :as options} image traffic]
  (let [container (-> (kubernetes/container server image)
                      (assoc :ports          [{:name "http1", :containerPort port}]
                             :readinessProbe {:tcpSocket {:port port}, :periodSeconds 2, :failureThreshold 2})
                      ;; Knative takes a terminating pod out before it sends SIGTERM.
                      (assoc :env [{:name "KARAMON_DRAIN_DELAY", :value "0"}]))]
    (kubernetes/object
      plan "server" "serving.knative.dev/v1" "Service" name
      {:template {:metadata {:name        (revision image server options)
                             :labels      (kubernetes/labels plan "server")
                             :annotations {"autoscaling.knative.dev/min-scale" (str min)
                                           "autoscaling.knative.dev/max-scale" (str max)}}
                  :spec     (-> (kubernetes/pod plan container {:timeoutSeconds timeout})
                                (update :securityContext dissoc :fsGroup))}
       :traffic  traffic})))

(defn objects
  "Returns the objects of a plan: a Service of Knative for the server, the rest as `karamon.dev.manifests.kubernetes` has it. With a
  canary, the stable revision must exist: it is that of `:image`."
  [{:keys [server] :as plan} {:keys [image canary canary-image] :as options}]
  (concat [(kubernetes/account plan)]
          (when server
            [(if canary
               (service plan server options canary-image
                 [{:revisionName (revision image server options), :percent (- 100 canary), :tag "stable"}
                  {:revisionName (revision canary-image server options), :percent canary, :tag "canary"}])
               (service plan server options image [{:latestRevision true, :percent 100}]))])
          (kubernetes/work-objects plan options)))
