(ns karamon.dev.manifests.kubernetes-test
  "The objects have only fields that Kubernetes has, and pods meet the Pod Security Standard \"restricted\"."
  {:any-jdk true}
  (:require
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.manifests.knative :as knative]
   [karamon.dev.manifests.kubernetes :as kubernetes]
   [karamon.dev.manifests.restricted :as restricted])
  (:import
   (io.fabric8.kubernetes.api.model HasMetadata)
   (io.fabric8.kubernetes.client.utils KubernetesSerialization)
   (java.util List Map)
   (karamon.json JsonWriter)))

(set! *warn-on-reflection* true)

(def ^:private process {:memory-mb 1024, :timeout 29, :environment {"COLOR" "blue"}, :grace 44})

(def ^:private plan
  {:name "shop", :stage "dev"
   :server    (assoc process :name "shop" :port 8080 :management 8081)
   :consumers [(assoc process :name "shop-settle" :management 8081)]
   :jobs      [(assoc process :name "shop-tick" :schedule "0 * * * *" :zone "Etc/UTC" :enabled true)]})

(def ^:private all-options
  {:image "shop", :canary 10, :canary-image "shop-canary", :min 2, :max 20, :ingress-host "shop.example", :ingress-class "nginx"
   :service-monitor true})

(defn- named [objects kind name]
  (first (filter #(and (= kind (:kind %)) (= name (:name (:metadata %)))) objects)))

(defn- pod [object]
  (get-in object (if (= "CronJob" (:kind object)) [:spec :jobTemplate :spec :template :spec] [:spec :template :spec])))

(def ^:private serialization (delay (KubernetesSerialization.)))

(defn- unknown-fields
  "Returns the fields that the models of Kubernetes lack, with their paths."
  ([object]
   (unknown-fields [] (.unmarshal ^KubernetesSerialization @serialization ^String (JsonWriter/string object) HasMetadata)))
  ([path x]
   (cond
     (instance? Map x)  (mapcat (fn [[k v]] (unknown-fields (conj path k) v)) x)
     (instance? List x) (mapcat #(unknown-fields (conj path %1) %2) (range) x)
     (and x (.startsWith (.getName (class x)) "io.fabric8"))
     (concat (for [k (keys (:additionalProperties (bean x)))] (conj path (keyword k)))
             (for [[k v] (dissoc (bean x) :additionalProperties :class)
                   field (unknown-fields (conj path k) v)]
               field)))))

(deftest all-fields-are-those-of-kubernetes
  (doseq [object (remove #(= "ServiceMonitor" (:kind %)) (kubernetes/objects plan all-options))]
    (is (= [] (unknown-fields object)) (:kind object)))
  (testing "a misspelled one is found"
    (is (= [[:spec :template :spec :containers 0 :securityContext :readOnlyRoot]]
           (unknown-fields (assoc-in (named (kubernetes/objects plan all-options) "Deployment" "shop")
                                     [:spec :template :spec :containers 0 :securityContext :readOnlyRoot] true))))))

(deftest pods-meet-the-restricted-standard
  (let [pods (keep pod (concat (kubernetes/objects plan all-options) (knative/objects plan all-options)))]
    (is (= 7 (count pods)))
    (doseq [pod pods]
      (is (= #{} (restricted/violations pod))))))

(deftest each-rule-of-the-standard-finds-a-broken-pod
  (let [good (pod (named (kubernetes/objects plan all-options) "Deployment" "shop"))
        cases {:host-process         [[:securityContext :windowsOptions] {:hostProcess true}]
               :host-namespaces      [[:hostPID] true]
               :privileged           [[:containers 0 :securityContext :privileged] true]
               :capabilities-added   [[:containers 0 :securityContext :capabilities :add] ["SYS_ADMIN"]]
               :host-path            [[:volumes 0] {:name "tmp", :hostPath {:path "/"}}]
               :host-ports           [[:containers 0 :ports 0 :hostPort] 80]
               :host-probes          [[:containers 0 :livenessProbe :httpGet :host] "169.254.169.254"]
               :app-armor            [[:securityContext :appArmorProfile] {:type "Unconfined"}]
               :se-linux             [[:containers 0 :securityContext :seLinuxOptions] {:type "spc_t"}]
               :proc-mount           [[:containers 0 :securityContext :procMount] "Unmasked"]
               :sysctls              [[:securityContext :sysctls] [{:name "kernel.msgmax", :value "1"}]]
               :volume-types         [[:volumes 0] {:name "tmp", :nfs {:server "a", :path "/"}}]
               :privilege-escalation [[:containers 0 :securityContext :allowPrivilegeEscalation] true]
               :run-as-non-root      [[:securityContext :runAsNonRoot] nil]
               :run-as-user          [[:containers 0 :securityContext :runAsUser] 0]
               :seccomp              [[:securityContext :seccompProfile] {:type "Unconfined"}]
               :capabilities-dropped [[:containers 0 :securityContext :capabilities :drop] ["CHOWN"]]}]
    (is (= (set (keys restricted/rules)) (set (keys cases))))
    (doseq [[rule [path value]] cases
            :let [found (restricted/violations (assoc-in good path value))]]
      (is (contains? found rule) (str rule))
      (is (every? (if (#{:host-path :capabilities-added} rule) #{rule :volume-types :capabilities-dropped} #{rule}) found) (str rule)))))

(deftest the-weight-of-a-canary-is-its-share-of-the-replicas
  (are [percent min expected] (= expected (kubernetes/shares percent min))
    10 2 [9 1]
    50 2 [1 1]
    50 5 [3 3]
    25 2 [3 1]
    30 2 [7 3]
    1 2  [99 1]))

(deftest a-pod-may-drain-before-it-is-killed
  (is (= 44 (:terminationGracePeriodSeconds (pod (named (kubernetes/objects plan all-options) "Deployment" "shop"))))))

(deftest a-canary-is-behind-the-same-service
  (let [objects (kubernetes/objects plan all-options)
        finds?  (fn [selector deployment]
                  (every? (fn [[k v]] (= v (get-in deployment [:spec :template :metadata :labels k]))) selector))
        service (named objects "Service" "shop")
        [stable canary] (map #(named objects "Deployment" %) ["shop" "shop-canary"])]
    (is (= ["shop" "shop-canary"] (map #(:image (first (:containers (pod %)))) [stable canary])))
    (is (every? #(finds? (get-in service [:spec :selector]) %) [stable canary]))
    (is (not (finds? (get-in stable [:spec :selector :matchLabels]) canary)))
    (is (not (finds? (get-in canary [:spec :selector :matchLabels]) stable)))
    (is (not (finds? (get-in service [:spec :selector]) (named objects "Deployment" "shop-settle"))))
    (is (= [9 1] (map #(get-in % [:spec :replicas]) [stable canary])))))
