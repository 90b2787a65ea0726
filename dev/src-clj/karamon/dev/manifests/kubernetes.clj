(ns karamon.dev.manifests.kubernetes
  "The objects of a service in Kubernetes, as data. Pods meet the Pod Security Standard \"restricted\":
  https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted"
  (:require
   [clojure.string :as str]))

(set! *warn-on-reflection* true)

(def ^:private user
  "The user and group that own nothing: \"nonroot\" in the base images of others."
  65532)

(defn labels
  "Returns the labels of a part of the service: \"server\", \"queue\" or \"schedule\"."
  [plan component]
  {"app.kubernetes.io/name" (:name plan), "app.kubernetes.io/component" component, "app.kubernetes.io/managed-by" "karamon"})

(defn- selector [plan component name]
  {"app.kubernetes.io/name" (:name plan), "app.kubernetes.io/component" component, "app.kubernetes.io/instance" name})

(defn object
  "Returns an object of Kubernetes."
  ([plan component api kind name spec] (object plan component api kind name nil spec))
  ([plan component api kind name metadata spec]
   {:apiVersion api, :kind kind, :metadata (merge {:name name, :labels (labels plan component)} metadata), :spec spec}))

(defn- resources
  "Returns what a container gets for Lambda's memory, with as much of a CPU as Lambda gives: one for 1,769 MB.
  https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"
  [memory-mb]
  {:requests {:memory (str memory-mb "Mi"), :cpu (str (max 50 (quot (* 1000 memory-mb) 1769)) "m")}
   :limits   {:memory (str memory-mb "Mi")}})

(defn container
  "Returns the container of a process. Its settings are in the ConfigMap of its name; a Secret of that name may have more."
  [{:keys [name memory-mb]} image]
  {:name            name
   :image           image
   :envFrom         [{:configMapRef {:name name}} {:secretRef {:name name, :optional true}}]
   :resources       (resources memory-mb)
   :securityContext {:allowPrivilegeEscalation false, :readOnlyRootFilesystem true, :capabilities {:drop ["ALL"]}}
   :volumeMounts    [{:name "tmp", :mountPath "/tmp"}]})

(defn- probe [path more]
  (merge {:httpGet {:path path, :port "management"}, :timeoutSeconds 2} more))

(defn- serving
  "Adds the ports and probes of a process that listens to its container."
  [container {:keys [port management]}]
  (assoc container
         :ports          (cond-> [{:name "management", :containerPort management}]
                           port (conj {:name "http", :containerPort port}))
         :startupProbe   (probe "/readyz" {:periodSeconds 1, :failureThreshold 120})
         :livenessProbe  (probe "/livez" {:periodSeconds 10, :failureThreshold 3})
         :readinessProbe (probe "/readyz" {:periodSeconds 2, :failureThreshold 2})))

(defn pod
  "Returns the spec of pods with one container."
  [plan container more]
  (merge {:serviceAccountName           (:name plan)
          :automountServiceAccountToken false
          :enableServiceLinks           false
          :securityContext              {:runAsNonRoot true, :runAsUser user, :runAsGroup user, :fsGroup user
                                         :seccompProfile {:type "RuntimeDefault"}}
          :containers                   [container]
          :volumes                      [{:name "tmp", :emptyDir {:sizeLimit "512Mi"}}]}
         more))

(defn- deployment [plan component {:keys [name grace]} container spec]
  (let [selector (selector plan component name)]
    (object plan component "apps/v1" "Deployment" name
            (merge {:selector {:matchLabels selector}
                    :strategy {:type "RollingUpdate", :rollingUpdate {:maxUnavailable 0, :maxSurge "25%"}}
                    :template {:metadata {:labels (merge (labels plan component) selector)}
                               :spec     (pod plan container
                                              {:terminationGracePeriodSeconds grace
                                               :topologySpreadConstraints
                                               [{:maxSkew 1, :topologyKey "kubernetes.io/hostname", :whenUnsatisfiable "ScheduleAnyway"
                                                 :labelSelector {:matchLabels selector}}]})}}
                   spec))))

(defn- autoscaler [plan {:keys [name]} min max]
  (object plan "server" "autoscaling/v2" "HorizontalPodAutoscaler" name
          {:scaleTargetRef {:apiVersion "apps/v1", :kind "Deployment", :name name}
           :minReplicas    min
           :maxReplicas    max
           :metrics        [{:type "Resource", :resource {:name "cpu", :target {:type "Utilization", :averageUtilization 70}}}]}))

(defn- service [plan {:keys [name]} monitor?]
  (object plan "server" "v1" "Service" name
          {:selector (dissoc (labels plan "server") "app.kubernetes.io/managed-by")
           :ports    (cond-> [{:name "http", :port 80, :targetPort "http"}]
                       monitor? (conj {:name "management", :port 8081, :targetPort "management"}))}))

(defn- ingress [plan {:keys [name]} host class]
  (object plan "server" "networking.k8s.io/v1" "Ingress" name
          (cond-> {:rules [{:host host
                            :http {:paths [{:path "/", :pathType "Prefix", :backend {:service {:name name, :port {:name "http"}}}}]}}]}
            class (assoc :ingressClassName class))))

(defn- monitor [plan {:keys [name]}]
  (object plan "server" "monitoring.coreos.com/v1" "ServiceMonitor" name
          {:selector {:matchLabels (dissoc (labels plan "server") "app.kubernetes.io/managed-by")}
           :endpoints [{:port "management", :path "/metrics", :interval "15s"}]}))

(defn shares
  "Returns the replicas of the stable and of the canary release for which the canary gets `percent` of the requests, at least `min` together."
  [percent min]
  (let [divisor (.gcd (biginteger percent) (biginteger 100))
        canary  (quot percent divisor)
        stable  (quot (- 100 percent) divisor)
        times   (max 1 (quot (+ min canary stable -1) (+ canary stable)))]
    [(* times stable) (* times canary)]))

(defn- server-objects
  "Returns the objects of the server. The canary has the labels by which the Service finds pods."
  [plan {:keys [name] :as server} {:keys [image min max ingress-host ingress-class service-monitor canary canary-image]}]
  (let [[stable-replicas canary-replicas] (when canary (shares canary min))
        container #(serving (container server %) server)]
    (cond-> [(deployment plan "server" server (container image) (when canary {:replicas stable-replicas}))
             (service plan server service-monitor)
             (autoscaler plan server (or stable-replicas min) (clojure.core/max max (or stable-replicas min)))
             (object plan "server" "policy/v1" "PodDisruptionBudget" name
                     {:maxUnavailable 1, :selector {:matchLabels (dissoc (labels plan "server") "app.kubernetes.io/managed-by")}})]
      canary          (conj (deployment plan "server" (update server :name str "-canary") (container canary-image)
                                        {:replicas canary-replicas}))
      ingress-host    (conj (ingress plan server ingress-host ingress-class))
      service-monitor (conj (monitor plan server)))))

(defn- java [main]
  ["jre/bin/java" "@java.options" main])

(defn- consumer [plan {:keys [enabled] :as consumer} image]
  (deployment plan "queue" consumer
              (serving (assoc (container consumer image) :command (java "karamon.server.Sqs")) consumer)
              {:replicas (if enabled 1 0)}))

(defn- cron-job [plan {:keys [name schedule zone enabled timeout] :as job} image]
  (object plan "schedule" "batch/v1" "CronJob" name
          {:schedule                schedule
           :timeZone                zone
           :suspend                 (not enabled)
           :concurrencyPolicy       "Allow"
           :startingDeadlineSeconds 60
           :jobTemplate
           {:spec {:backoffLimit 2 ; Lambda, too, tries an asynchronous invocation three times
                   :template
                   {:metadata {:labels (labels plan "schedule")}
                    :spec     (pod plan (assoc (container job image) :command (java "karamon.server.Once"))
                                   {:restartPolicy "Never", :activeDeadlineSeconds (+ timeout 60)})}}}}))

(defn work-objects
  "Returns the objects for work that isn't HTTP: a Deployment for each queue, a CronJob for each schedule."
  [{:keys [consumers jobs] :as plan} {:keys [image]}]
  (concat (map #(consumer plan % image) consumers)
          (map #(cron-job plan % image) jobs)))

(defn account
  "Returns the account of all pods. Permissions in AWS are given to it: by EKS Pod Identity, or by an annotation."
  [plan]
  (-> (object plan "server" "v1" "ServiceAccount" (:name plan) nil)
      (dissoc :spec)
      (assoc :automountServiceAccountToken false)))

(defn objects
  "Returns the objects of a plan, as `karamon.dev.manifests.plan` has it, without ConfigMaps.

  * `:image`, `:canary-image` -- references of images
  * `:min`, `:max` -- replicas of the server
  * `:canary` -- the percentage of requests for the canary, or nil
  * `:ingress-host`, `:ingress-class` -- for an Ingress, or nil
  * `:service-monitor` -- whether to make one"
  [{:keys [server] :as plan} options]
  (concat [(account plan)]
          (when server (server-objects plan server options))
          (work-objects plan options)))
